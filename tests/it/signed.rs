//! `require_signed`: who signed a commit is by whom it is.

use std::process::{Command, Stdio};

use crate::environment::{Repo, Run, World};
use insta::assert_snapshot;

/// A team of which every commit must be signed: keys of `api` and `db` are listed, that of `other` is not.
struct Signed {
    world: World,
    repo: Repo,
}

/// Without ssh-keygen nothing can be signed; says so where the output is seen.
fn signed() -> Option<Signed> {
    if Command::new("ssh-keygen").arg("-?").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        eprintln!("skipped: there is no ssh-keygen here");
        return None;
    }
    let (world, repo) = World::with_team();
    world.git(&repo, &["config", "core.hooksPath", "/dev/null"]).exits(0);
    world.git(&repo, &["config", "gpg.format", "ssh"]).exits(0);
    let mut signers = String::new();
    for name in ["api", "db", "other"] {
        let key = world.path().join(name);
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f"])
            .arg(&key)
            .stdin(Stdio::null())
            .status();
        assert!(made.expect("ssh-keygen runs").success());
        if name != "other" {
            let public = std::fs::read_to_string(key.with_extension("pub")).expect("a public key");
            signers.push_str(&format!("{name}@example.com {public}"));
        }
    }
    repo.write(".perfteam/allowed_signers", &signers);
    let policy = repo.read(".perfteam/perfteam.yaml");
    repo.write(".perfteam/perfteam.yaml", &format!("{policy}\nrequire_signed: true\n"));
    let signed = Signed { world, repo };
    signed.commit("somebody", None, "Signatures from here on");
    signed.git(&["switch", "-q", "-c", "work"]);
    Some(signed)
}

impl Signed {
    #[track_caller]
    fn git(&self, args: &[&str]) -> String {
        self.world.git(&self.repo, args).exits(0).stdout
    }

    /// Commits everything as the author `who`, signed with the key `key`.
    #[track_caller]
    fn commit(&self, who: &str, key: Option<&str>, message: &str) {
        self.git(&["add", "-A"]);
        let email = format!("{who}@example.com");
        let setting = key.map(|key| format!("user.signingKey={}", self.world.path().join(key).display()));
        let mut args = Vec::new();
        if let Some(setting) = &setting {
            args.extend(["-c", setting.as_str()]);
        }
        args.extend(["commit", "-q", "--allow-empty", "-m", message]);
        args.extend(setting.is_some().then_some("-S"));
        self.world.git_as(&self.repo, &email, &args).exits(0);
    }

    /// What CI says, with what differs from run to run taken out.
    fn check(&self) -> Run {
        let run = self.world.perfteam(&self.repo, "", &["check", "--base", "main"]);
        let mut stdout = run.stdout;
        for commit in self.git(&["rev-list", "main..HEAD"]).lines() {
            stdout = stdout.replace(commit, "COMMIT").replace(&commit[..10], "COMMIT");
        }
        let key = self.fingerprint("other");
        Run { stdout: stdout.replace(&key, "KEY"), ..run }
    }

    fn fingerprint(&self, key: &str) -> String {
        let shown = Command::new("ssh-keygen").arg("-lf").arg(self.world.path().join(key)).output();
        let shown = String::from_utf8(shown.expect("ssh-keygen runs").stdout).expect("UTF-8");
        shown.split(' ').nth(1).expect("a fingerprint").to_owned()
    }
}

#[test]
fn whoever_signs_as_themselves_passes() {
    let Some(signed) = signed() else { return };
    signed.commit("api", Some("api"), "By the API");
    signed.commit("db", Some("db"), "By the database\n\nPerfteam-Agent: @database.postgres");
    assert_eq!(signed.check().exits(0).stdout, "clean\n");
}

#[test]
fn an_unsigned_commit_is_refused() {
    let Some(signed) = signed() else { return };
    signed.commit("api", None, "One");
    signed.commit("api", None, "Two");
    assert_snapshot!(signed.check().exits(1).stdout, @r#"
    blocked: commit COMMIT (One) and 1 more by api@example.com: not signed, which policy asks for (`require_signed`) [unverified-signer]
     |
     = commit: COMMIT
     = why: anybody can write any e-mail address into a commit; only a signature shows who made it
     = try: sign with your SSH key from now on: git config gpg.format ssh; git config user.signingKey ~/.ssh/id_ed25519.pub; git config commit.gpgSign true
     = try: sign what is yours: git rebase --exec 'git commit --amend --no-edit -S' main

    1 blocking
    "#);
}

#[test]
fn a_forged_address_is_refused() {
    let Some(signed) = signed() else { return };
    signed.commit("db", Some("api"), "In the name of another");
    assert_snapshot!(signed.check().exits(1).stdout, @r#"
    blocked: commit COMMIT (In the name of another): signed by api@example.com, who is @backend.api, but it says that it is by @database.postgres [unverified-signer]
     |
     = commit: COMMIT
     = why: anybody can write any e-mail address into a commit; only a signature shows who made it
     = try: whoever made it signs it: a branch of somebody else's is merged, not rebased
     = try: if api@example.com is an address of @database.postgres: have a change of its own add it to the roster

    1 blocking
    "#);
}

#[test]
fn nobody_hides_behind_an_unknown_address_or_a_trailer() {
    let Some(signed) = signed() else { return };
    signed.commit("nobody", Some("api"), "As nobody");
    let told = signed.check().exits(1).stdout;
    assert!(told.contains("who is @backend.api, but it says that it is by nobody@example.com"), "{told}");
    signed.git(&["reset", "-q", "--hard", "main"]);
    signed.commit("api", Some("api"), "As another\n\nPerfteam-Agent: @database.postgres");
    let told = signed.check().exits(1).stdout;
    assert!(told.contains("but it says that it is by @database.postgres [unverified-signer]"), "{told}");
}

#[test]
fn a_key_that_the_base_does_not_list_is_refused_even_when_the_change_lists_it() {
    let Some(signed) = signed() else { return };
    let public = std::fs::read_to_string(signed.world.path().join("other.pub")).expect("a key");
    let listed = signed.repo.read(".perfteam/allowed_signers");
    signed.repo.write(".perfteam/allowed_signers", &format!("{listed}api@example.com {public}"));
    signed.commit("api", Some("other"), "A key of my own");
    assert_snapshot!(signed.check().exits(1).stdout, @r#"
    blocked: commit COMMIT (A key of my own): signed by the key KEY, which the base does not list, or not for that time [unverified-signer]
     |
     = commit: COMMIT
     = why: anybody can write any e-mail address into a commit; only a signature shows who made it
     = try: have a change of its own add a line with address and key to .perfteam/allowed_signers

    note: .perfteam/allowed_signers: this changes who may do what; it takes effect once it is merged [authority-change]
    --> .perfteam/allowed_signers:1:1
     = commit: COMMIT
     = why: until then all is judged by what was there before, so that nobody gives himself authority
     = try: @performance.lead must approve it

    1 blocking, 1 note
    "#);
}

#[test]
fn a_signature_of_something_else_is_refused() {
    let Some(signed) = signed() else { return };
    signed.commit("api", Some("api"), "Signed");
    let text = signed.git(&["cat-file", "commit", "HEAD"]).replace("Signed", "Changed");
    signed.repo.write("commit", &text);
    let forged = signed.git(&["hash-object", "-t", "commit", "-w", "commit"]);
    signed.git(&["reset", "-q", "--hard", forged.trim()]);
    let told = signed.check().exits(1).stdout;
    assert!(
        told.contains("its signature does not hold, or could not be verified [unverified-signer]"),
        "{told}"
    );
    // Another kind of signature says nothing here: it would depend on the machine's key ring.
    let text = text.replace("SSH SIGNATURE", "PGP SIGNATURE");
    signed.repo.write("commit", &text);
    let forged = signed.git(&["hash-object", "-t", "commit", "-w", "commit"]);
    signed.git(&["reset", "-q", "--hard", forged.trim()]);
    let told = signed.check().exits(1).stdout;
    assert!(told.contains("signed, but not by an SSH key [unverified-signer]"), "{told}");
}

#[test]
fn settings_of_the_machine_play_no_part() {
    let Some(signed) = signed() else { return };
    let everybody = signed.world.path().join("everybody");
    let public = std::fs::read_to_string(signed.world.path().join("other.pub")).expect("a key");
    std::fs::write(&everybody, format!("api@example.com {public}")).expect("a file");
    signed.git(&["config", "gpg.ssh.allowedSignersFile", &everybody.display().to_string()]);
    signed.git(&["config", "log.showSignature", "true"]);
    signed.git(&["config", "gpg.ssh.program", "true"]);
    signed.git(&["config", "--unset", "gpg.ssh.program"]);
    signed.commit("api", Some("other"), "By a key of this machine");
    signed.check().exits(1);
    signed.git(&["reset", "-q", "--hard", "main"]);
    signed.commit("api", Some("api"), "By the listed key");
    signed.git(&["config", "gpg.ssh.program", "false"]);
    signed.check().exits(0);
}

#[test]
fn merges_pass_unless_they_hide_a_change() {
    let Some(signed) = signed() else { return };
    signed.repo.write("src/a.rs", "// one\n// two\n// three\n// four\n// five\n");
    signed.commit("api", Some("api"), "A file");
    signed.git(&["switch", "-q", "-c", "side"]);
    signed.repo.write("src/a.rs", "// one\n// two\n// three\n// four\n// 5\n");
    signed.commit("db", Some("db"), "On the side");
    signed.git(&["switch", "-q", "work"]);
    signed.repo.write("src/a.rs", "// 1\n// two\n// three\n// four\n// five\n");
    signed.commit("api", Some("api"), "Here");
    let merge = ["merge", "-q", "--no-ff", "--no-edit", "side"];
    signed.world.git_as(&signed.repo, "api@example.com", &merge).exits(0);
    assert_eq!(signed.check().exits(0).stdout, "clean\n");
    signed.repo.write("src/hidden.rs", "// hidden\n");
    signed.git(&["add", "-A"]);
    signed.git(&["commit", "-q", "--amend", "--no-edit"]);
    let told = signed.check().exits(1).stdout;
    assert!(told.contains("not signed, which policy asks for"), "{told}");
}

#[test]
fn the_server_asks_for_signatures_too() {
    let Some(signed) = signed() else { return };
    let bare = Repo { path: signed.world.path().join("server.git") };
    signed.git(&["init", "-q", "--bare", "-b", "main", "../server.git"]);
    signed.git(&["push", "-q", "../server.git", "main"]);
    signed.world.perfteam(&bare, "", &["hook", "install", "--server"]).exits(0);
    signed.commit("api", None, "Unsigned");
    signed.world.git(&signed.repo, &["push", "-q", "../server.git", "work"]).exits(1);
    signed.git(&["reset", "-q", "--hard", "main"]);
    signed.commit("api", Some("api"), "Signed");
    signed.world.git(&signed.repo, &["push", "-q", "../server.git", "work"]).exits(0);
}
