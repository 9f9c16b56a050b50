//! `completions`: what a shell completes after `pacioli`.

use std::fmt;

use clap::Command;
use clap_complete::Shell;
use serde::Serialize;

/// Prints the completions of a shell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pacioli completions bash > ~/.local/share/bash-completion/completions/pacioli
  pacioli completions zsh > ~/.zfunc/_pacioli
  pacioli completions fish > ~/.config/fish/completions/pacioli.fish")]
pub(crate) struct Completions {
    /// The shell.
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// The completions of a shell.
#[derive(Debug, Serialize)]
pub(crate) struct Script {
    shell: String,
    script: String,
}

impl Completions {
    /// The completions of `program`, as its arguments are known.
    pub(crate) fn run(&self, program: &Command) -> Script {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut shown(program), "pacioli", &mut script);
        Script { shell: self.shell.to_string(), script: String::from_utf8_lossy(&script).into_owned() }
    }
}

/// The program without what its help does not show.
fn shown(whole: &Command) -> Command {
    let subcommands = whole.get_subcommands().filter(|command| !command.is_hide_set()).cloned();
    let (arguments, subcommands): (Vec<_>, Vec<_>) = (whole.get_arguments().cloned().collect(), subcommands.collect());
    Command::new("pacioli").args(arguments).subcommands(subcommands)
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.script)
    }
}
