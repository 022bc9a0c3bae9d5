//! The text of hook files: our section between its marks, and everything else, which is kept.

use std::fmt;
use std::path::PathBuf;

use super::Hook;

const BEGIN: &str = "# >>> perfteam hooks ";
const END: &str = "# <<< perfteam hooks <<<";
/// The line that finds the program; what follows is where it lies when it is not on `PATH`.
const FINDS: &str = "command -v perfteam >/dev/null 2>&1 || perfteam_bin=";
const NOWHERE: &str = "''";
const SHELLS: [&str; 9] = ["sh", "bash", "dash", "ash", "ksh", "mksh", "zsh", "yash", "busybox"];

/// The shipped hook file: shebang line and section.
fn shipped(hook: Hook) -> &'static str {
    match hook {
        Hook::PreCommit => include_str!("../../hooks/pre-commit"),
        Hook::PrepareCommitMsg => include_str!("../../hooks/prepare-commit-msg"),
        Hook::CommitMsg => include_str!("../../hooks/commit-msg"),
        Hook::PrePush => include_str!("../../hooks/pre-push"),
        Hook::PostMerge => include_str!("../../hooks/post-merge"),
        Hook::PostCheckout => include_str!("../../hooks/post-checkout"),
        Hook::PreReceive => include_str!("../../hooks/pre-receive"),
        Hook::Update => include_str!("../../hooks/update"),
    }
}

/// The section of `hook`; `program` is the quoted path of the program on this machine.
fn section(hook: Hook, program: &str) -> String {
    let (_, section) = shipped(hook).split_once('\n').unwrap_or_default();
    section.replacen(&format!("{FINDS}{NOWHERE}"), &format!("{FINDS}{program}"), 1)
}

/// Why a hook file can't take our section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Foreign {
    /// It is a script for something else than a shell.
    Script(String),
    /// It is no text.
    Binary,
    /// It is a symbolic link.
    Link(PathBuf),
    /// git skips it, and would run it if we made it executable.
    NotExecutable,
    /// Our section begins in this line, and its last line is missing.
    NoEnd(usize),
}

impl fmt::Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Foreign::Script(interpreter) => write!(f, "a script for {interpreter}, not for a shell"),
            Foreign::Binary => f.write_str("a program, not a shell script"),
            Foreign::Link(target) => write!(f, "a symbolic link to {}", target.display()),
            Foreign::NotExecutable => f.write_str("not executable, so that git skips it"),
            Foreign::NoEnd(line) => {
                write!(f, "without the line `{END}`, which ends the section that begins in line {line}")
            }
        }
    }
}

/// How a hook file stands to our section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// It is there, as this version writes it, where nothing can end the hook before it.
    Current,
    /// It is there, and of another version, changed, repeated, or elsewhere in the file.
    Old,
    /// A line that somebody else wrote calls us.
    ByHand,
    /// It is not there, and could be.
    Absent,
}

/// How a hook file with these bytes stands to our section.
pub fn standing(bytes: &[u8], hook: Hook) -> Result<Standing, Foreign> {
    let parts = match Parts::of(bytes) {
        Err(_) if calls_us(bytes, hook) => return Ok(Standing::ByHand),
        parts => parts?,
    };
    let (before, after) = parts.rest.split_at(parts.shebang());
    match parts.sections.as_slice() {
        [] if calls_us(&parts.rest, hook) => Ok(Standing::ByHand),
        [] => Ok(Standing::Absent),
        [one] => {
            let expected = section(hook, recorded(one));
            let in_place = [before, expected.as_bytes(), after].concat() == bytes;
            Ok(if in_place { Standing::Current } else { Standing::Old })
        }
        _ => Ok(Standing::Old),
    }
}

/// Whether a line that is no comment calls us, in whatever language.
fn calls_us(bytes: &[u8], hook: Hook) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines
        .into_iter()
        .any(|line| line.contains("perfteam") && line.contains("run") && line.contains(hook.name()))
}

/// Where the section says that the program lies, quoted.
fn recorded(section: &str) -> &str {
    section.lines().find_map(|line| line.strip_prefix(FINDS)).unwrap_or(NOWHERE)
}

/// The hook file with our section directly after its shebang line: what stands below often ends in
/// `exec`. Everything else stays as it is. `program` is where the program lies on this machine,
/// given for files that are not shared.
pub fn with_section(bytes: &[u8], hook: Hook, program: Option<&str>) -> Result<Vec<u8>, Foreign> {
    let program = program.map_or_else(|| NOWHERE.to_owned(), quoted);
    let parts = Parts::of(bytes)?;
    let (before, after) = parts.rest.split_at(parts.shebang());
    let line_end: &[u8] = if before.is_empty() || before.ends_with(b"\n") { b"" } else { b"\n" };
    Ok([before, line_end, section(hook, &program).as_bytes(), after].concat())
}

/// A new hook file with our section alone.
pub fn new_file(hook: Hook, program: Option<&str>) -> Vec<u8> {
    let program = program.map_or_else(|| NOWHERE.to_owned(), quoted);
    format!("#!/bin/sh\n{}", section(hook, &program)).into_bytes()
}

/// The hook file without our section; `None` when it had none.
pub fn without_section(bytes: &[u8]) -> Result<Option<Vec<u8>>, Foreign> {
    let (rest, sections) = take_out(bytes)?;
    Ok((!sections.is_empty()).then_some(rest))
}

/// Whether nothing but a shebang line is left.
pub fn is_bare(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    matches!(text.trim(), "" | "#!/bin/sh")
}

/// In single quotes: what the line says must not depend on the characters in a path.
fn quoted(path: &str) -> String {
    format!("'{}'", path.replace('\'', "'\\''"))
}

/// A hook file, taken apart.
struct Parts {
    /// Everything but our sections.
    rest: Vec<u8>,
    /// Our sections, their marks included.
    sections: Vec<String>,
}

impl Parts {
    /// Takes a shell script apart.
    fn of(bytes: &[u8]) -> Result<Parts, Foreign> {
        let (rest, sections) = take_out(bytes)?;
        let first = rest.split(|byte| *byte == b'\n').next().unwrap_or_default();
        match first.strip_prefix(b"#!") {
            Some(line) => {
                let line = String::from_utf8_lossy(line);
                match interpreter(&line) {
                    name if SHELLS.contains(&name) => {}
                    name => return Err(Foreign::Script(name.to_owned())),
                }
            }
            // git hands a text without a shebang line to the shell.
            None if rest.contains(&0) => return Err(Foreign::Binary),
            None => {}
        }
        Ok(Parts { rest, sections })
    }

    /// How long the shebang line is, its end included; 0 without one.
    fn shebang(&self) -> usize {
        if !self.rest.starts_with(b"#!") {
            return 0;
        }
        self.rest.iter().position(|byte| *byte == b'\n').map_or(self.rest.len(), |at| at + 1)
    }
}

/// The program that a shebang line names: `#!/usr/bin/env -S bash -e` names `bash`.
fn interpreter(line: &str) -> &str {
    let name = |word: &'_ str| -> usize { word.rfind(['/', '\\']).map_or(0, |at| at + 1) };
    let mut words = line.split_whitespace().map(|word| word[name(word)..].trim_end_matches(".exe"));
    let first = words.next().unwrap_or_default();
    if first != "env" {
        return first;
    }
    words.find(|word| !word.starts_with('-') && !word.contains('=')).unwrap_or(first)
}

/// Separates our sections from the rest.
fn take_out(bytes: &[u8]) -> Result<(Vec<u8>, Vec<String>), Foreign> {
    let (mut rest, mut sections) = (Vec::with_capacity(bytes.len()), Vec::new());
    let mut lines = bytes.split_inclusive(|byte| *byte == b'\n').enumerate();
    while let Some((number, line)) = lines.next() {
        if !line.starts_with(BEGIN.as_bytes()) {
            rest.extend_from_slice(line);
            continue;
        }
        let mut section = String::from_utf8_lossy(line).into_owned();
        loop {
            let Some((_, line)) = lines.next() else { return Err(Foreign::NoEnd(number + 1)) };
            section.push_str(&String::from_utf8_lossy(line));
            if line.starts_with(END.as_bytes()) {
                break;
            }
        }
        sections.push(section);
    }
    Ok((rest, sections))
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHERS: &str = "#!/usr/bin/env bash\nset -eu\nexec other \"$@\"\n";

    fn installed(text: &str) -> String {
        let bytes =
            with_section(text.as_bytes(), Hook::PreCommit, Some("/opt/it's/perfteam")).expect("a shell");
        String::from_utf8(bytes).expect("UTF-8")
    }

    #[test]
    fn the_section_follows_the_shebang_line_and_goes_without_a_trace() {
        for text in [OTHERS, "npm test\n", "npm test", "", "#!/bin/sh", "#!/bin/sh\r\necho \u{e9}\r\n"] {
            let with = installed(text);
            assert_eq!(standing(with.as_bytes(), Hook::PreCommit), Ok(Standing::Current), "{text:?}");
            assert_eq!(installed(&with), with, "a second time changes nothing");
            let without = without_section(with.as_bytes()).expect("whole").expect("a section");
            assert_eq!(String::from_utf8_lossy(&without).trim_end(), text.trim_end());
        }
        let lines: Vec<String> = installed(OTHERS).lines().map(str::to_owned).collect();
        assert_eq!(lines[0], "#!/usr/bin/env bash");
        assert_eq!(lines[1], "# >>> perfteam hooks v1 >>>");
        assert_eq!(lines[lines.len() - 3..], [END, "set -eu", "exec other \"$@\""]);
        assert!(installed(OTHERS).contains("|| perfteam_bin='/opt/it'\\''s/perfteam'\n"));
    }

    #[test]
    fn an_old_or_moved_or_repeated_section_is_replaced() {
        let current = installed(OTHERS);
        let old = OTHERS.to_owned() + "# >>> perfteam hooks v0 >>>\nperfteam old\n# <<< perfteam hooks <<<\n";
        for text in
            [old, current.replace("exit $?", "true"), format!("{current}{}", section(Hook::PreCommit, "''"))]
        {
            assert_eq!(standing(text.as_bytes(), Hook::PreCommit), Ok(Standing::Old), "{text}");
            assert_eq!(installed(&text), current);
        }
    }

    #[test]
    fn what_is_no_shell_script_is_left_alone() {
        let refused =
            |bytes: &[u8]| with_section(bytes, Hook::PreCommit, None).expect_err("foreign").to_string();
        assert_eq!(refused(b"#!/usr/bin/env python3\nprint()\n"), "a script for python3, not for a shell");
        assert_eq!(refused(b"#!/usr/bin/env -S node --test\n"), "a script for node, not for a shell");
        assert_eq!(refused(b"\x7fELF\x02\x00\x00"), "a program, not a shell script");
        assert!(refused(b"#!/bin/sh\n# >>> perfteam hooks v1 >>>\nexit 1\n").contains("begins in line 2"));
    }

    #[test]
    fn shells_are_known_by_any_way_to_name_them() {
        for line in ["/bin/sh -e", " /usr/bin/env bash", "/usr/bin/env -S A=1 dash -x", "C:/Git/bin/sh.exe"] {
            assert!(SHELLS.contains(&interpreter(line)), "{line}");
        }
        assert_eq!(interpreter("/usr/bin/fish"), "fish");
    }

    #[test]
    fn a_line_of_somebody_else_counts() {
        let text = format!("#!/bin/sh\n{}\n", Hook::PrePush.line());
        assert_eq!(standing(text.as_bytes(), Hook::PrePush), Ok(Standing::ByHand));
        assert_eq!(standing(text.as_bytes(), Hook::PreCommit), Ok(Standing::Absent));
        let python = b"#!/usr/bin/env python3\nsubprocess.run(['perfteam', 'hook', 'run', 'pre-commit'])\n";
        assert_eq!(standing(python, Hook::PreCommit), Ok(Standing::ByHand));
        assert!(
            standing(b"#!/usr/bin/env python3\n# perfteam hook run pre-commit\n", Hook::PreCommit).is_err()
        );
    }

    #[test]
    fn every_shipped_hook_is_a_section_that_calls_its_own_name() {
        for hook in Hook::ALL {
            let file = new_file(hook, None);
            assert_eq!(file, shipped(hook).as_bytes(), "{hook}");
            assert_eq!(standing(&file, hook), Ok(Standing::Current));
            assert!(shipped(hook).contains(&format!("\"$perfteam_bin\" hook run {hook} \"$@\"")));
            assert!(is_bare(&without_section(&file).expect("whole").expect("a section")));
            assert_eq!(shipped(hook).contains("exit 1"), hook.is_gate(), "gates alone fail closed");
        }
    }
}
