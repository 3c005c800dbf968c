//! Finds a program of others, and its version.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::tool::invocation::Invocation;

/// A program, and how to find it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Program {
    /// Its name, as a person types it, or its path.
    pub(crate) name: &'static str,
    /// The arguments that print the version, on the first line.
    pub(crate) version: &'static [&'static str],
    /// The package, for an error message, such as `Debian: curl`.
    pub(crate) package: &'static str,
}

/// The place in which to look for a program.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    /// Beside this program: one of ours, built together with it.
    Beside,
    /// Among what npm installed, at `target/interop/npm`.
    Npm,
    /// On the path, unless its name is a path.
    Path,
    /// In the environment into which pip installed, at `target/interop/python`.
    Python,
}

/// A program that was found.
#[derive(Clone, Debug)]
pub(crate) struct Tool {
    path: PathBuf,
    version: String,
}

impl Program {
    /// Creates a program from its name, the arguments that print its version, and its package.
    pub(crate) const fn new(
        name: &'static str,
        version: &'static [&'static str],
        package: &'static str,
    ) -> Self {
        Self {
            name,
            version,
            package,
        }
    }

    /// Gives the program another name, or a path.
    pub(crate) const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    /// Finds the program on the search path, and its version.
    ///
    /// # Errors
    ///
    /// If it is not there. The text names the package.
    pub(crate) async fn find(&self) -> anyhow::Result<Tool> {
        self.find_in(Place::Path).await
    }

    /// Finds the program in a place, as [`Program::find`] does on the search path.
    pub(crate) async fn find_in(&self, place: Place) -> anyhow::Result<Tool> {
        let Self { name, package, .. } = self;
        let path = place.path_of(name)?;
        let path = path.with_context(|| format!("{name} is missing ({package})"))?;
        let output = Invocation::new(&path).args(self.version).run().await?;
        anyhow::ensure!(
            output.code == Some(0),
            "{name} lacks something ({package}): {}",
            output.words()
        );
        let printed = output.both();
        let version = printed.lines().next().unwrap_or_default().trim().to_owned();
        Ok(Tool { path, version })
    }
}

impl Place {
    fn path_of(self, name: &str) -> anyhow::Result<Option<PathBuf>> {
        let folders = match self {
            Self::Beside => {
                let this = std::env::current_exe()?;
                this.parent().map(Path::to_owned).into_iter().collect()
            }
            Self::Npm => vec![npm_modules()?.join(".bin")],
            Self::Path => {
                let path = std::env::var_os("PATH").unwrap_or_default();
                std::env::split_paths(&path).collect::<Vec<_>>()
            }
            Self::Python => vec![std::path::absolute("target/interop/python/bin")?],
        };
        // Joined to a folder, an absolute path is itself.
        let file = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let mut candidates = folders.iter().map(|folder| folder.join(&file));
        Ok(candidates.find(|it| it.is_file()))
    }
}

/// Returns the folder into which npm has installed the packages of `npm/package.json`.
pub(crate) fn npm_modules() -> anyhow::Result<PathBuf> {
    Ok(std::path::absolute("target/interop/npm/node_modules")?)
}

impl Tool {
    /// Returns the first line that the program printed about its version.
    pub(crate) fn version(&self) -> &str {
        &self.version
    }

    /// Returns the path of the program.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Creates a run of the program.
    pub(crate) fn command(&self) -> Invocation {
        Invocation::new(&self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn missing_program_is_named_with_its_package() {
        let program = Program::new("no-such-program", &["--version"], "Debian: nothing");
        let error = program.find().await.unwrap_err().to_string();
        assert_eq!(error, "no-such-program is missing (Debian: nothing)");
    }

    #[tokio::test]
    async fn program_that_is_there_tells_its_version() {
        let program = Program::new("cargo", &["--version"], "rustup");
        let found = program.find().await.unwrap();
        assert!(
            found.version().starts_with("cargo 1."),
            "{}",
            found.version()
        );
    }
}
