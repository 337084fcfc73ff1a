//! The job's own script, unchanged, under a real PySpark on this machine.
//!
//! There is no s3:// here. Every `s3://` argument becomes a path below the run's folder, laid out as
//! `s3/<bucket>/<key>`; the objects it names are files there before the script starts ([`stage`]), and what the
//! script changed is objects afterwards ([`publish`]). The script sees plain absolute paths, folders ending in `/`
//! where the address did.
//!
//! The script runs in a process group of its own, without AWS credentials, and ends with this process.

mod arguments;
mod machine;
mod process;
mod publish;
mod stage;
mod traceback;
mod tree;

#[cfg(test)]
mod tests;

use std::fs;
use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use self::arguments::Arguments;
use self::machine::{Machine, Python};
use self::process::{Exit, Script};
use super::{Log, RunError, Runner, Task};
use crate::local::objects::Objects;

/// Runs jobs under PySpark.
pub(crate) struct SparkRunner {
    objects: Arc<dyn Objects>,
    machine: Machine,
}

/// AWS's package, as far as usual scripts need it: file names and contents.
const AWSGLUE: [(&str, &str); 6] = [
    ("__init__.py", include_str!("awsglue/__init__.py")),
    ("context.py", include_str!("awsglue/context.py")),
    ("dynamicframe.py", include_str!("awsglue/dynamicframe.py")),
    ("job.py", include_str!("awsglue/job.py")),
    ("transforms.py", include_str!("awsglue/transforms.py")),
    ("utils.py", include_str!("awsglue/utils.py")),
];

impl SparkRunner {
    /// Python, PySpark and Java are looked for when the first job runs.
    pub fn new(objects: Arc<dyn Objects>) -> Self {
        Self {
            objects,
            machine: Machine::with_spark(),
        }
    }

    /// For scripts that do not import PySpark.
    #[cfg(test)]
    pub fn without_spark(objects: Arc<dyn Objects>) -> Self {
        Self {
            objects,
            machine: Machine::python_only(),
        }
    }

    /// The script, and what it imports: the job's `--extra-py-files`, the package above unless AWS's own is there.
    fn lay_out(&self, task: &Task, scratch: &Path, python: &Python) -> Result<Script, RunError> {
        let library = scratch.join("lib");
        fs::create_dir_all(&library).map_err(files)?;
        fs::write(library.join("sitecustomize.py"), include_str!("sitecustomize.py")).map_err(files)?;
        if !python.has_awsglue {
            let package = library.join("awsglue");
            fs::create_dir_all(&package).map_err(files)?;
            for (name, content) in AWSGLUE {
                fs::write(package.join(name), content).map_err(files)?;
            }
        }
        let (bucket, key) = tree::address(&task.script)
            .ok_or_else(|| RunError::failed(format!("{} is not an S3 address", task.script)))?;
        let name = key.rsplit('/').next().unwrap_or("script.py");
        let folder = scratch.join("script");
        fs::create_dir_all(&folder).map_err(files)?;
        let file = folder.join(name);
        self.objects
            .materialise(bucket, key, &file)
            .map_err(|error| RunError::failed(format!("LAUNCH ERROR | {}: {error}", task.script)))?;
        Ok(Script { file, library })
    }
}

impl Runner for SparkRunner {
    fn run(&self, task: &Task, log: Log<'_>, stop: &CancellationToken) -> Result<(), RunError> {
        let python = self.machine.python().map_err(RunError::failed)?;
        let scratch = fs::canonicalize(&task.scratch).map_err(files)?;
        let script = self.lay_out(task, &scratch, &python)?;
        let arguments = Arguments::of(task, log)?;
        let staged = stage::stage(self.objects.as_ref(), &arguments, &scratch)?;
        if stop.is_cancelled() {
            return Err(RunError::Stopped);
        }
        let command = process::command(&python, &script, &scratch, &arguments, task);
        let exit = process::run(command, log, stop).map_err(files)?;
        match exit {
            // What it was writing is half a file, and no object on AWS either.
            Exit::Stopped => Err(RunError::Stopped),
            Exit::Success => publish::publish(self.objects.as_ref(), &staged, &scratch),
            // What a failed script wrote stays, as on AWS.
            Exit::Failure { message, trace } => {
                publish::publish(self.objects.as_ref(), &staged, &scratch)?;
                Err(RunError::Failed { message, trace })
            }
        }
    }
}

/// A file or a process of the run could not be made.
fn files(error: std::io::Error) -> RunError {
    RunError::failed(format!("the job run could not be set up on this machine: {error}"))
}
