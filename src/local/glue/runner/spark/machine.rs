//! What this machine has: Python, PySpark, Java.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

/// How to get what is missing.
const PYSPARK: &str = "pip install 'pyspark>=3.5,<3.6'";

/// Says where Python's packages are without importing them, which would take seconds.
const ASK: &str = r#"
import importlib.metadata, importlib.util, json, sys
def version(name):
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "" if importlib.util.find_spec(name) else None
print(json.dumps({"executable": sys.executable, "pyspark": version("pyspark"), "awsglue": version("awsglue")}))
"#;

/// A Python that can run a job.
#[derive(Clone, Debug)]
pub(super) struct Python {
    pub executable: PathBuf,
    /// Whether AWS's own awsglue is installed.
    pub has_awsglue: bool,
}

#[derive(Deserialize)]
struct Answer {
    executable: PathBuf,
    pyspark: Option<String>,
    awsglue: Option<String>,
}

/// Remembers what was found. What was missing is looked for again by the next run, since it may have been installed.
pub(super) struct Machine {
    needs_spark: bool,
    found: Mutex<Option<Python>>,
}

impl Machine {
    pub fn with_spark() -> Self {
        Self {
            needs_spark: true,
            found: Mutex::new(None),
        }
    }

    #[cfg(test)]
    pub fn python_only() -> Self {
        Self {
            needs_spark: false,
            ..Self::with_spark()
        }
    }

    /// The error says what to install.
    pub fn python(&self) -> Result<Python, String> {
        let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(python) = &*found {
            return Ok(python.clone());
        }
        let python = look(self.needs_spark)?;
        Ok(found.insert(python).clone())
    }
}

fn look(needs_spark: bool) -> Result<Python, String> {
    let python = env::var_os("PIPECTL_PYTHON").unwrap_or_else(|| "python3".into());
    let shown = Path::new(&python).display();
    let mut command = Command::new(&python);
    command.args(["-c", ASK]).stdin(Stdio::null());
    let output = command.output().map_err(|error| {
        format!("this job runs under PySpark, and {shown} cannot be run ({error}): install Python 3.9 to 3.12, or name one in PIPECTL_PYTHON; then {PYSPARK}")
    })?;
    let answer: Answer = serde_json::from_slice(&output.stdout)
        .map_err(|_| format!("{shown} did not say which packages it has; name a working Python 3 in PIPECTL_PYTHON"))?;
    if needs_spark {
        check_pyspark(&answer)?;
        check_java()?;
    }
    Ok(Python {
        executable: answer.executable,
        has_awsglue: answer.awsglue.is_some(),
    })
}

fn check_pyspark(answer: &Answer) -> Result<(), String> {
    let python = answer.executable.display();
    match answer.pyspark.as_deref() {
        // Without a version it comes from SPARK_HOME or PYTHONPATH: the user's choice.
        Some("") => Ok(()),
        Some(version) if version.starts_with("3.5.") => Ok(()),
        Some(version) => Err(format!(
            "this job runs under PySpark 3.5, and {python} has {version}: {PYSPARK}, or name another Python in PIPECTL_PYTHON"
        )),
        None => Err(format!(
            "this job runs under PySpark, which {python} does not have: {PYSPARK} (or name a Python that has it in PIPECTL_PYTHON), and a Java 17 runtime"
        )),
    }
}

fn check_java() -> Result<(), String> {
    let java = match env::var_os("JAVA_HOME") {
        Some(home) => Path::new(&home).join("bin").join("java"),
        None => PathBuf::from("java"),
    };
    let mut command = Command::new(&java);
    command.arg("-version").stdin(Stdio::null());
    let output = command.output().map_err(|error| {
        format!(
            "PySpark needs Java, and {} cannot be run ({error}): install a Java 17 runtime (openjdk-17-jre-headless, temurin-17) or set JAVA_HOME to one",
            java.display()
        )
    })?;
    match output.status.success() {
        true => Ok(()),
        false => Err(format!("{} -version failed: install a Java 17 runtime", java.display())),
    }
}
