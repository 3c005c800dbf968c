//! The modules of one crate, and the arrows between their files.
//!
//! An arrow leads from the file that names something to the file that defines it, whatever
//! re-exports the name goes through. A `mod child;`, and a re-export of what lies in a child, are
//! no arrows: so a parent may list its children and give their names on, while they use its items.
//! Once the parent uses a name of theirs itself, it is one.
//!
//! Not seen are methods, which no path names, and what macros expand to.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use crate::tidy::project::Project;
use crate::tidy::source::{Import, Source};

/// A crate: each module by its path, the root's being empty.
#[derive(Debug, Default)]
pub(crate) struct Modules(BTreeMap<ModulePath, Module>);

/// The names from the root of the crate down to a module.
pub(crate) type ModulePath = Vec<String>;

#[derive(Debug)]
struct Module {
    /// The module whose file it stands in: itself, unless it stands inside of another's.
    home: ModulePath,
    file: PathBuf,
    source: Source,
}

/// One file names what another defines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Arrow {
    pub(crate) from: ModulePath,
    pub(crate) to: ModulePath,
    /// Where the name stands, counted from one.
    pub(crate) line: usize,
    /// The last part of the path.
    pub(crate) name: String,
}

impl Modules {
    /// Reads the crate whose root is this file.
    pub(crate) fn read(project: &Project, root: &Path) -> Self {
        let mut modules = Self::default();
        let folder = root.parent().unwrap_or(root);
        modules.add_file(project, Vec::new(), root.to_owned(), folder);
        modules
    }

    /// Returns the file in which a module stands.
    pub(crate) fn file(&self, module: &[String]) -> &Path {
        self.0
            .get(module)
            .map_or_else(|| Path::new(""), |it| &it.file)
    }

    /// Returns the modules that have files of their own.
    pub(crate) fn homes(&self) -> impl Iterator<Item = &ModulePath> {
        let homes = self.0.iter().filter(|(path, module)| **path == module.home);
        homes.map(|(path, _)| path)
    }

    /// Returns all arrows between files, those of one file in the order of their lines.
    pub(crate) fn arrows(&self) -> BTreeSet<Arrow> {
        let mut arrows = BTreeSet::new();
        for (path, module) in &self.0 {
            for (line, name, target) in self.named_by(path, module) {
                let to = self.0.get(&target).map_or(target, |it| it.home.clone());
                if to != module.home {
                    let from = module.home.clone();
                    arrows.insert(Arrow {
                        from,
                        to,
                        line,
                        name,
                    });
                }
            }
        }
        arrows
    }

    fn add_file(&mut self, project: &Project, path: ModulePath, file: PathBuf, children: &Path) {
        let Some(text) = project.file(&file) else {
            return; // made by a build script, or for another platform's tests
        };
        let source = Source::read(&text.text);
        self.add(project, path.clone(), &path, &file, children, source);
    }

    fn add(
        &mut self,
        project: &Project,
        path: ModulePath,
        home: &ModulePath,
        file: &Path,
        children: &Path,
        mut source: Source,
    ) {
        for name in &source.children {
            let flat = children.join(name).with_extension("rs");
            let nested = children.join(name).join("mod.rs");
            let child = if project.file(&flat).is_some() {
                flat
            } else {
                nested
            };
            self.add_file(project, below(&path, name), child, &children.join(name));
        }
        for (name, inner) in std::mem::take(&mut source.inline) {
            self.add(
                project,
                below(&path, &name),
                home,
                file,
                &children.join(&name),
                inner,
            );
        }
        let (home, file) = (home.clone(), file.to_owned());
        self.0.insert(path, Module { home, file, source });
    }

    /// Returns what a module names outside of itself: line, name and the defining module.
    fn named_by(&self, path: &ModulePath, module: &Module) -> Vec<(usize, String, ModulePath)> {
        let mut named = Vec::new();
        let source = &module.source;
        for import in &source.imports {
            // Of a module, what is used by `module::name`; of `*`, what is used by its name.
            let target = self.resolve(path, &import.path).filter(Target::is_item);
            let Some(Target::Item(definer)) = target else {
                continue;
            };
            let is_handed_up =
                import.is_public && definer.len() > path.len() && definer.starts_with(path);
            if !is_handed_up || import.name.as_ref().is_some_and(|name| source.says(name)) {
                let name = import.path.last().cloned().unwrap_or_default();
                named.push((import.line, name, definer));
            }
        }
        for it in &source.paths {
            if let [name] = it.path.as_slice()
                && (source.defines(name)
                    || source
                        .imports
                        .iter()
                        .any(|it| it.name.as_ref() == Some(name)))
            {
                continue; // told above, where it is imported
            }
            let target = match it.path.as_slice() {
                [name] => self.through_globs(path, name, 0),
                path_here => self.resolve(path, path_here),
            };
            if let Some(Target::Item(definer)) = target {
                named.push((it.line, it.path.join("::"), definer));
            }
        }
        named
    }

    /// Finds what a path means in a module; none for what is foreign.
    fn resolve(&self, here: &ModulePath, path: &[String]) -> Option<Target> {
        self.resolve_within(here, path, 0)
    }

    fn resolve_within(&self, here: &ModulePath, path: &[String], depth: usize) -> Option<Target> {
        let (first, rest) = path.split_first()?;
        match first.as_str() {
            "crate" => self.walk(Vec::new(), rest, depth),
            "self" => self.walk(here.clone(), rest, depth),
            "super" => {
                let parent = here.split_last()?.1.to_vec();
                if rest.first().is_some_and(|it| it == "super") {
                    return self.resolve_within(&parent, rest, depth);
                }
                self.walk(parent, rest, depth)
            }
            _ => self.find(here, first, rest, depth),
        }
    }

    /// Goes down from a module by names.
    fn walk(&self, module: ModulePath, path: &[String], depth: usize) -> Option<Target> {
        let Some((first, rest)) = path.split_first() else {
            return self.0.contains_key(&module).then_some(Target::Module);
        };
        // What is not found may be made by a macro: it is the module's.
        let found = self.find(&module, first, rest, depth);
        found.or_else(|| self.0.contains_key(&module).then_some(Target::Item(module)))
    }

    /// Finds a name in a module and goes on from there.
    fn find(
        &self,
        module: &ModulePath,
        name: &String,
        rest: &[String],
        depth: usize,
    ) -> Option<Target> {
        let source = &self.0.get(module)?.source;
        if depth > MOST_STEPS {
            return None; // two re-exports that name each other
        }
        let child = below(module, name);
        let is_child = self.0.contains_key(&child);
        if is_child && !(rest.is_empty() && source.defines(name)) {
            return self.walk(child, rest, depth);
        }
        if source.defines(name) {
            return Some(Target::Item(module.clone()));
        }
        let mut imports = source.imports.iter();
        if let Some(import) = imports.find(|it| it.name.as_ref() == Some(name)) {
            let path: Vec<_> = import.path.iter().chain(rest).cloned().collect();
            // `use io::Error` in a module that itself has the name `io` from elsewhere.
            let is_itself = path.first() == Some(name) && import.path.len() == 1;
            return if is_itself {
                None
            } else {
                self.resolve_within(module, &path, depth + 1)
            };
        }
        self.through_globs(module, name, depth + 1)
    }

    /// Looks for a name in what `use ..::*` of a module brings in.
    fn through_globs(&self, module: &ModulePath, name: &String, depth: usize) -> Option<Target> {
        let imports = &self.0.get(module)?.source.imports;
        let mut globs = imports.iter().filter(|it| it.name.is_none());
        globs.find_map(|glob: &Import| {
            let from = self.module_of(module, &glob.path, depth + 1)?;
            self.find(&from, name, &[], depth + 1)
        })
    }

    /// Finds the module that a path names.
    fn module_of(&self, here: &ModulePath, path: &[String], depth: usize) -> Option<ModulePath> {
        let mut module = here.clone();
        for (index, name) in path.iter().enumerate() {
            match name.as_str() {
                "crate" => module.clear(),
                "self" => {}
                "super" => _ = module.pop()?,
                _ if self.0.contains_key(&below(&module, name)) => module.push(name.clone()),
                _ => {
                    let imports = &self.0.get(&module)?.source.imports;
                    let import = imports.iter().find(|it| it.name.as_ref() == Some(name))?;
                    if depth > MOST_STEPS || import.path.first() == Some(name) {
                        return None;
                    }
                    let rest = path.get(index + 1..)?;
                    let path: Vec<_> = import.path.iter().chain(rest).cloned().collect();
                    return self.module_of(&module, &path, depth + 1);
                }
            }
        }
        Some(module)
    }
}

/// Re-exports that a name may go through.
const MOST_STEPS: usize = 16;

/// The meaning of a path within the crate.
#[derive(Debug)]
enum Target {
    /// An item, defined in this module.
    Item(ModulePath),
    Module,
}

impl Target {
    fn is_item(&self) -> bool {
        matches!(self, Self::Item(_))
    }
}

impl Source {
    fn defines(&self, name: &str) -> bool {
        self.items.iter().any(|item| item == name)
    }

    /// Tells whether the code names this, other than by importing it.
    fn says(&self, name: &str) -> bool {
        self.paths
            .iter()
            .any(|it| it.path.first().is_some_and(|first| first == name))
    }
}

fn below(module: &[String], name: &str) -> ModulePath {
    module.iter().cloned().chain([name.to_owned()]).collect()
}
