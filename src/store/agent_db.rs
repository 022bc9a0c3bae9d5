//! The SQLite file of the earlier flag tool, read and never written.
//!
//! Nothing in such a file is trusted: it is opened immutable, by SQLite's defensive settings; only
//! tables are read, never views, and values that are too long are not loaded.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::SystemTime;

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use crate::domain::agent_db::{Cells, Database};

/// The beginning of every SQLite file.
const MAGIC: &[u8; 16] = b"SQLite format 3\0";
/// Bytes before the first page's content.
const HEADER: u64 = 100;
/// Larger files are no team's flags.
const MAX_FILE: u64 = 512 * 1024 * 1024;
/// Rows that a table may have.
const MAX_ROWS: usize = 200_000;
/// Bytes that a value may have.
const MAX_VALUE: usize = 64 * 1024;

/// The columns of the flags.
const FLAG_COLUMNS: &[&str] = &[
    "id",
    "chain_origin_id",
    "session_id",
    "flag_type",
    "source_agent",
    "target_agent",
    "change_description",
    "action_required",
    "impact_level",
    "status",
    "locked",
    "related_files",
    "code_location",
    "example_usage",
    "context",
    "created_at",
    "acknowledged_at",
    "completed_at",
    "completed_by",
    "notes",
];
/// Those without which a table is not that of the flags.
const FLAG_NEEDS: &[&str] = &["id", "flag_type", "change_description", "action_required", "status"];
/// The columns of the catalogue.
const AGENT_COLUMNS: &[&str] = &[
    "name",
    "type",
    "module",
    "sub_module",
    "description",
    "capabilities",
    "routing_keywords",
    "status",
    "created_at",
];
/// Those without which a table is not the catalogue.
const AGENT_NEEDS: &[&str] = &["name"];

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
pub enum Unread {
    /// It can't be opened.
    #[error("can't read it: {0}")]
    Io(#[from] std::io::Error),
    /// It is something else.
    #[error("{0}")]
    Other(&'static str),
    /// Part of what it says is in a file beside it.
    #[error("{0} lies beside it and holds what is not in it yet")]
    Unfinished(String),
    /// It is no longer what it was.
    #[error("it was written while it was read")]
    Changed,
    /// SQLite finds it damaged.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// A table is not what it should be.
    #[error("{0}")]
    Schema(String),
    /// SQLite can't read it.
    #[error("SQLite says: {0}")]
    Sqlite(#[from] rusqlite::Error),
}

/// Reads the file at `path`.
pub fn read(path: &Path) -> Result<Database, Unread> {
    unchanged_during(path, || read_tables(path))
}

/// What `work` yields, if nobody wrote the file meanwhile: it is opened without locks, and half of a change
/// would pass for the whole.
fn unchanged_during<T>(path: &Path, work: impl FnOnce() -> Result<T, Unread>) -> Result<T, Unread> {
    let before = Stamp::of(path)?;
    check_file(path)?;
    let done = work();
    if Stamp::of(path)? != before {
        return Err(Unread::Changed);
    }
    check_beside(path)?;
    done
}

/// What is different once somebody wrote the file: its header counts the changes.
#[derive(PartialEq)]
struct Stamp {
    length: u64,
    modified: SystemTime,
    header: Vec<u8>,
}

impl Stamp {
    fn of(path: &Path) -> Result<Stamp, Unread> {
        let file = File::open(path)?;
        let about = file.metadata()?;
        let mut header = Vec::new();
        // A folder has no header; that it is none is said later.
        let _ = file.take(HEADER).read_to_end(&mut header);
        Ok(Stamp { length: about.len(), modified: about.modified()?, header })
    }
}

fn read_tables(path: &Path) -> Result<Database, Unread> {
    let connection = open(path)?;
    let damage: String = connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if damage != "ok" {
        return Err(Unread::Damaged(damage.replace('\n', " ")));
    }
    let flags = table(&connection, "flags", FLAG_COLUMNS, FLAG_NEEDS)?
        .ok_or_else(|| Unread::Schema("it has no table `flags`".to_owned()))?;
    let agents = table(&connection, "agents_catalog", AGENT_COLUMNS, AGENT_NEEDS)?.unwrap_or_default();
    Ok(Database { flags, agents })
}

fn check_file(path: &Path) -> Result<(), Unread> {
    let about = std::fs::metadata(path)?;
    if !about.is_file() {
        return Err(Unread::Other("it is no file"));
    }
    if about.len() > MAX_FILE {
        return Err(Unread::Other("it is larger than 512 MiB, which no team's flags are"));
    }
    let mut beginning = Vec::new();
    File::open(path)?.take(MAGIC.len() as u64).read_to_end(&mut beginning)?;
    if beginning != MAGIC {
        return Err(Unread::Other("it is no SQLite database"));
    }
    check_beside(path)
}

/// Refuses a file of which part lies beside it.
fn check_beside(path: &Path) -> Result<(), Unread> {
    for suffix in ["-wal", "-journal"] {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(suffix);
        if std::fs::metadata(path.with_file_name(&name)).is_ok_and(|about| about.len() > 0) {
            return Err(Unread::Unfinished(name.to_string_lossy().into_owned()));
        }
    }
    Ok(())
}

/// Opens the file so that nothing in it, and nothing beside it, is run or written.
fn open(path: &Path) -> Result<Connection, Unread> {
    let path = std::fs::canonicalize(path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_PRIVATE_CACHE;
    let connection = Connection::open_with_flags(uri(&path), flags)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_VIEW, false)?;
    connection.execute_batch("PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0; PRAGMA query_only = ON;")?;
    Ok(connection)
}

/// The path as SQLite's own form of an address: immutable, so that it looks at nothing beside it.
fn uri(path: &Path) -> String {
    let text = path.to_string_lossy().replace('\\', "/");
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'_' | b'-');
    let escaped: String = text
        .bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    let slash = if escaped.starts_with('/') { "" } else { "/" };
    format!("file://{slash}{escaped}?mode=ro&immutable=1")
}

/// The rows of a table; `None` where there is nothing of that name.
fn table(
    connection: &Connection,
    name: &str,
    columns: &[&'static str],
    needs: &[&str],
) -> Result<Option<Vec<Cells>>, Unread> {
    let sql = "SELECT type FROM pragma_table_list WHERE schema = 'main' AND name = ?1 COLLATE NOCASE";
    let mut kinds = connection.prepare(sql)?;
    let mut kinds = kinds.query([name])?;
    let Some(kind) = kinds.next()? else { return Ok(None) };
    let kind: String = kind.get(0)?;
    if kind != "table" {
        return Err(Unread::Schema(format!("`{name}` is a {kind}, not a table")));
    }
    let present = columns_of(connection, name)?;
    if let Some(missing) = needs.iter().find(|need| !present.contains(&(**need).to_owned())) {
        return Err(Unread::Schema(format!("the table `{name}` has no column `{missing}`")));
    }
    let columns: Vec<&'static str> =
        columns.iter().copied().filter(|column| present.contains(&(*column).to_owned())).collect();
    rows(connection, name, &columns).map(Some)
}

fn columns_of(connection: &Connection, name: &str) -> Result<Vec<String>, Unread> {
    // Those that are computed are left out: what they compute is the file's own code.
    let mut columns =
        connection.prepare("SELECT lower(name) FROM pragma_table_xinfo(?1) WHERE hidden = 0")?;
    let names = columns.query_map([name], |row| row.get(0))?;
    Ok(names.collect::<Result<_, _>>()?)
}

fn rows(connection: &Connection, name: &str, columns: &[&'static str]) -> Result<Vec<Cells>, Unread> {
    let selected: Vec<String> = columns
        .iter()
        .map(|column| {
            format!("CASE WHEN octet_length(\"{column}\") <= {MAX_VALUE} THEN \"{column}\" END, octet_length(\"{column}\")")
        })
        .collect();
    let sql = format!("SELECT {} FROM \"{name}\" ORDER BY \"{}\"", selected.join(", "), columns[0]);
    let mut statement = connection.prepare(&sql)?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        if all.len() == MAX_ROWS {
            return Err(Unread::Schema(format!("the table `{name}` has more than {MAX_ROWS} rows")));
        }
        all.push(cells(row, columns)?);
    }
    Ok(all)
}

fn cells(row: &Row<'_>, columns: &[&'static str]) -> Result<Cells, Unread> {
    let mut cells = Cells::default();
    for (at, column) in columns.iter().enumerate() {
        let length: Option<i64> = row.get(2 * at + 1)?;
        if length.is_some_and(|length| length > MAX_VALUE as i64) {
            cells.too_long.push(column);
            continue;
        }
        let text = match row.get_ref(2 * at)? {
            ValueRef::Null => continue,
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => number.to_string(),
            ValueRef::Text(bytes) | ValueRef::Blob(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        };
        cells.texts.insert(column, text);
    }
    Ok(cells)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file with a flag, whose changes are kept as `journal` says.
    fn flags(folder: &Path, journal: &str) -> std::path::PathBuf {
        let path = folder.join(format!("{journal}.db"));
        let sql = format!(
            "PRAGMA journal_mode = {journal};
             CREATE TABLE flags (id, flag_type, change_description, action_required, status);
             INSERT INTO flags VALUES (1, 'change', 'what', 'do', 'pending');"
        );
        Connection::open(&path).and_then(|file| file.execute_batch(&sql)).expect("SQL");
        path
    }

    #[test]
    fn what_is_written_meanwhile_is_not_half_of_a_change() {
        let folder = tempfile::tempdir().expect("a folder");
        for journal in ["DELETE", "TRUNCATE", "WAL"] {
            let path = flags(folder.path(), journal);
            let quiet = unchanged_during(&path, || read_tables(&path)).expect("it is read");
            assert_eq!(quiet.flags.len(), 1);
            let writer = Connection::open(&path).expect("a file");
            let add = "INSERT INTO flags VALUES (2, hex(zeroblob(9000)), 'what', 'do', 'pending');";
            let ways = [add.to_owned(), format!("{add} PRAGMA wal_checkpoint(TRUNCATE);")];
            for way in ways {
                let read = unchanged_during(&path, || {
                    writer.execute_batch(&way).expect("SQL");
                    Ok(())
                });
                let why = read.expect_err("it was written").to_string();
                let told = [
                    "it was written while it was read",
                    "WAL.db-wal lies beside it and holds what is not in it yet",
                ];
                assert!(told.contains(&why.as_str()), "{journal}: {why}");
                writer.execute_batch("PRAGMA wal_checkpoint(TRUNCATE);").expect("SQL");
            }
            let open = unchanged_during(&path, || {
                writer.execute_batch("BEGIN IMMEDIATE; UPDATE flags SET status = 'completed';").expect("SQL");
                Ok(())
            });
            let last = writer.execute_batch("COMMIT;");
            assert!(last.is_ok() && (open.is_err() || journal == "WAL"), "{journal}: a change was going on");
        }
    }
}
