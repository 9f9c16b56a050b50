//! The inspector, run as a program on small ledgers that the library has made: tables, JSON and exit codes.
#![cfg(feature = "cli")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// Runs the inspector in a directory of its own.
fn run(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pacioli")).args(arguments).current_dir(directory).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The JSON document that a command prints with `--json`.
fn json(directory: &Path, arguments: &[&str]) -> Value {
    let output = run(directory, &[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The table that a command prints without.
fn table(directory: &Path, arguments: &[&str]) -> String {
    let output = run(directory, arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    assert_eq!(stderr(&output), "", "nothing is said on stderr when all is well");
    stdout(&output)
}

/// What a command that fails says, with its exit code.
fn failure(directory: &Path, arguments: &[&str]) -> (i32, String) {
    let output = run(directory, arguments);
    assert_eq!(stdout(&output), "", "{arguments:?}: errors belong on stderr");
    (output.status.code().unwrap(), stderr(&output))
}

mod bench {
    use super::*;

    const FIGURES: &[&str] = &[
        "workload",
        "engine",
        "accounts",
        "clients",
        "transfers",
        "already",
        "batch",
        "threads",
        "in_flight",
        "seed",
        "setup_seconds",
        "seconds",
        "transfers_per_second",
        "p50_us",
        "p99_us",
        "max_us",
        "bytes_per_transfer",
        "device_bytes_per_transfer",
        "file_bytes",
        "peak_rss_mib",
    ];

    fn check(directory: &Path, arguments: &[&str]) -> Value {
        let figures = json(directory, &[&["bench"], arguments].concat());
        for name in FIGURES {
            assert!(figures.get(name).is_some(), "{name} is missing from {figures}");
        }
        assert!(figures["transfers_per_second"].as_u64().unwrap() > 0);
        assert!(figures["p50_us"].as_f64().unwrap() <= figures["p99_us"].as_f64().unwrap());
        assert!(figures["p99_us"].as_f64().unwrap() <= figures["max_us"].as_f64().unwrap());
        assert_eq!(std::fs::read_dir(directory).unwrap().count(), 0, "nothing is left behind");
        figures
    }

    #[test]
    fn each_workload_prints_every_figure() {
        let directory = tempfile::tempdir().unwrap();
        for workload in ["uniform", "hot", "fees"] {
            let figures = check(
                directory.path(),
                &["--workload", workload, "--accounts", "300", "--transfers", "1001", "--batch", "100"],
            );
            assert_eq!((&figures["workload"], &figures["accounts"]), (&workload.into(), &300.into()));
            assert_eq!((&figures["transfers"], &figures["batch"]), (&1001.into(), &100.into()));
            assert_eq!((&figures["threads"], &figures["in_flight"]), (&1.into(), &2.into()));
            assert!(figures["file_bytes"].as_u64().unwrap() > 0);
            assert!(figures.get("floor_transfers_per_second").is_none());
        }
    }

    #[test]
    fn threads_and_single_transfers_and_memory_are_measured_too() {
        let directory = tempfile::tempdir().unwrap();
        let small = ["--accounts", "20", "--transfers", "50"];
        let with = |more: &[&'static str]| check(directory.path(), &[&small, more].concat());
        assert_eq!(with(&["--batch", "1", "--clients", "3"])["clients"], 3);
        assert_eq!(with(&["--batch", "7", "--threads", "3"])["threads"], 3);
        assert_eq!(with(&["--batch", "1", "--threads", "2"])["in_flight"], 1);
        let memory = with(&["--engine", "memory", "--already", "100", "--seed", "9"]);
        assert_eq!((&memory["file_bytes"], &memory["already"], &memory["seed"]), (&0.into(), &100.into(), &9.into()));
        let floor = with(&["--floor"]);
        assert!(floor["floor_transfers_per_second"].as_u64().unwrap() > 0);
    }

    #[test]
    fn people_get_a_table() {
        let directory = tempfile::tempdir().unwrap();
        let text = table(directory.path(), &["bench", "--accounts", "20", "--transfers", "50", "--batch", "10"]);
        assert!(text.contains("transfers a second"), "{text}");
    }

    #[test]
    fn a_named_file_is_kept_and_never_written_over() {
        let directory = tempfile::tempdir().unwrap();
        let bench = ["bench", "--accounts", "20", "--transfers", "50", "--file", "kept.redb"];
        table(directory.path(), &bench);
        let ledger = pacioli::Ledger::builder().existing().open(directory.path().join("kept.redb")).unwrap();
        // A book, a client and a service for each account, the accounts, their funds, the transfers.
        assert_eq!(ledger.view().unwrap().sequence(), pacioli::Sequence(1 + 3 * 20 + 1 + 50));
        let (code, text) = failure(directory.path(), &bench);
        assert_eq!(code, 2);
        assert!(text.contains("--file"), "{text}");
    }

    #[test]
    fn what_cannot_be_measured_is_a_wrong_command_line() {
        let directory = tempfile::tempdir().unwrap();
        for (arguments, named) in [
            (&["--workload", "two-phase"][..], "holds"),
            (&["--workload", "hot", "--accounts", "10"], "10 accounts"),
            (&["--workload", "slow"], "uniform"),
            (&["--engine", "memory", "--file", "x"], "--file"),
            (&["--batch", "0"], "--batch"),
            (&["--batch", "65537"], "--batch"),
            (&["--threads", "0"], "--threads"),
            (&["--accounts", "1"], "--accounts"),
        ] {
            let (code, text) = failure(directory.path(), &[&["bench"], arguments].concat());
            assert_eq!(code, 2, "{arguments:?}: {text}");
            assert!(text.contains(named), "{arguments:?}: {text}");
        }
    }

    #[test]
    fn a_place_that_is_not_there_cannot_be_opened() {
        let directory = tempfile::tempdir().unwrap();
        let (code, text) = failure(directory.path(), &["bench", "--file", "nowhere/x.redb", "--transfers", "1"]);
        assert_eq!(code, 3);
        assert!(text.contains("nowhere/x.redb"), "{text}");
    }
}

#[test]
fn help_has_examples_and_the_exit_codes() {
    let directory = tempfile::tempdir().unwrap();
    let help = table(directory.path(), &["--help"]);
    assert!(help.contains("Exit codes:"), "{help}");
    for command in ["bench"] {
        let help = table(directory.path(), &[command, "--help"]);
        assert!(help.contains("Examples:") && help.contains("--json"), "{help}");
    }
    assert_eq!(failure(directory.path(), &["inspect"]).0, 2);
}
