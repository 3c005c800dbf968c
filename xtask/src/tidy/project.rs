//! The repository as the rules see it: members of the workspace, and text files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use anyhow::Context as _;
use cargo_metadata::{DependencyKind, MetadataCommand, Package};

use crate::tidy::manifest;

/// Members and text files, with paths relative to the root.
#[derive(Debug, Default)]
pub(crate) struct Project {
    pub(crate) members: Vec<Member>,
    pub(crate) files: Vec<TextFile>,
}

/// A package of the workspace.
#[derive(Debug)]
pub(crate) struct Member {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    pub(crate) has_library: bool,
    /// The files at which its library and its programs begin.
    pub(crate) roots: Vec<PathBuf>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency that a member's manifest names, in whatever section.
#[derive(Debug)]
pub(crate) struct Dependency {
    /// The package's own name, even where the manifest renames it.
    pub(crate) name: String,
    /// Where the manifest names it, counted from one.
    pub(crate) line: usize,
    pub(crate) kind: DependencyKind,
    pub(crate) optional: bool,
}

/// A file and its text, empty if it is none.
#[derive(Debug)]
pub(crate) struct TextFile {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
}

impl Project {
    /// Asks cargo for the members and reads the files.
    pub(crate) fn load() -> anyhow::Result<Self> {
        let metadata = MetadataCommand::new().no_deps().exec()?;
        let root = metadata.workspace_root.as_std_path();
        let mut files = Vec::new();
        read_folder(root, Path::new(""), &mut files)?;
        files.sort_by(|left, right| left.path.cmp(&right.path));
        let members = metadata
            .packages
            .iter()
            .map(|package| Member::new(package, root));
        Ok(Self {
            members: members.collect::<Result<_, _>>()?,
            files,
        })
    }

    /// Finds the file at this path.
    pub(crate) fn file(&self, path: &Path) -> Option<&TextFile> {
        self.files.iter().find(|file| file.path == path)
    }

    /// Lists the files of Rust code.
    pub(crate) fn rust_files(&self) -> impl Iterator<Item = &TextFile> {
        self.files
            .iter()
            .filter(|file| file.path.extension().is_some_and(|end| end == "rs"))
    }

    /// Lists the libraries that others use: those below `crates`.
    pub(crate) fn libraries(&self) -> impl Iterator<Item = &Member> {
        self.members
            .iter()
            .filter(|it| it.has_library && it.folder.starts_with("crates"))
    }

    /// Lists the names of this workspace's packages.
    pub(crate) fn names(&self) -> BTreeSet<&str> {
        self.members
            .iter()
            .map(|member| member.name.as_str())
            .collect()
    }
}

impl Member {
    fn new(package: &Package, root: &Path) -> anyhow::Result<Self> {
        let manifest = package.manifest_path.as_std_path();
        let folder = manifest.parent().context("a manifest in no folder")?;
        let text = fs::read_to_string(manifest)?;
        let dependency = |it: &cargo_metadata::Dependency| Dependency {
            name: it.name.clone(),
            line: manifest::line_of_dependency(&text, it.rename.as_ref().unwrap_or(&it.name)),
            kind: it.kind,
            optional: it.optional,
        };
        let targets = package
            .targets
            .iter()
            .filter(|it| it.is_lib() || it.is_bin());
        let roots = targets.map(|it| {
            it.src_path
                .as_std_path()
                .strip_prefix(root)
                .map(Path::to_owned)
        });
        Ok(Self {
            name: package.name.to_string(),
            folder: folder.strip_prefix(root)?.to_owned(),
            has_library: package.targets.iter().any(|target| target.is_lib()),
            roots: roots.collect::<Result<_, _>>()?,
            dependencies: package.dependencies.iter().map(dependency).collect(),
        })
    }

    /// Returns the path of the manifest.
    pub(crate) fn manifest(&self) -> PathBuf {
        self.folder.join("Cargo.toml")
    }
}

impl Dependency {
    /// Returns the kind as in the name of the manifest's section: empty for the plain one.
    pub(crate) fn section(&self) -> &'static str {
        match self.kind {
            DependencyKind::Development => "dev-",
            DependencyKind::Build => "build-",
            _ => "",
        }
    }
}

/// Adds the text files of a folder and of those below it.
fn read_folder(root: &Path, folder: &Path, files: &mut Vec<TextFile>) -> anyhow::Result<()> {
    for entry in fs::read_dir(root.join(folder))? {
        let entry = entry?;
        let path = folder.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() && is_ours(&entry.file_name().to_string_lossy()) {
            read_folder(root, &path, files)?;
        } else if entry.path().is_file() && entry.file_name() != GIT_FILE {
            let text = match fs::read_to_string(entry.path()) {
                // A picture has no text to check, but pages link to it.
                Err(error) if error.kind() == io::ErrorKind::InvalidData => String::new(),
                read => read.with_context(|| path.display().to_string())?,
            };
            files.push(TextFile { path, text });
        }
    }
    Ok(())
}

/// In a work tree of git, a file that names the repository's place on this machine.
const GIT_FILE: &str = ".git";

/// Tells whether a folder holds files that people wrote, not that tools made.
fn is_ours(folder: &str) -> bool {
    matches!(folder, ".cargo" | ".ci" | ".github")
        || !(folder == "target" || folder.starts_with('.'))
}

#[cfg(test)]
pub(crate) mod made_up {
    //! Projects for the tests of the rules.

    use super::*;

    /// Makes a project of nothing but these files: path and text.
    pub(crate) fn files(files: &[(&str, &str)]) -> Project {
        let file = |&(path, text): &(&str, &str)| TextFile {
            path: path.into(),
            text: text.into(),
        };
        Project {
            members: Vec::new(),
            files: files.iter().map(file).collect(),
        }
    }

    /// Makes a member in `crates/<name>`, with a library.
    pub(crate) fn member(name: &str, dependencies: Vec<Dependency>) -> Member {
        let folder = Path::new("crates").join(name);
        Member {
            name: name.into(),
            roots: vec![folder.join("src/lib.rs")],
            folder,
            has_library: true,
            dependencies,
        }
    }

    /// Makes a plain dependency, on line 7.
    pub(crate) fn dependency(name: &str) -> Dependency {
        Dependency {
            name: name.into(),
            line: 7,
            kind: DependencyKind::Normal,
            optional: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_tools_are_not_ours() {
        for folder in ["target", ".git", ".idea"] {
            assert!(!is_ours(folder), "{folder}");
        }
    }

    #[test]
    fn folders_of_people_are_ours() {
        for folder in ["crates", ".ci", ".cargo"] {
            assert!(is_ours(folder), "{folder}");
        }
    }

    #[test]
    fn this_workspace_has_this_member() {
        let project = Project::load().unwrap();
        let xtask = project
            .members
            .iter()
            .find(|member| member.name == "xtask")
            .unwrap();
        assert_eq!(xtask.manifest(), Path::new("xtask/Cargo.toml"));
        assert!(!xtask.has_library);
        let this = Path::new("xtask/src/tidy/project.rs");
        assert!(project.rust_files().any(|file| file.path == this));
        assert!(project.file(this).is_some());
    }
}
