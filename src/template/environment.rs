//! Chooses the environment and the stages that a command works on.

use super::fields::Located;
use super::project::Environment;
use super::settings::{EnvironmentSettings, LOCAL, Settings, is_account, is_region};
use super::sink::{Finding, Sink};
use super::stage::STAGES;
use super::suggest;

/// What the caller of [`load`](super::load) asks for.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// `local` if none is given.
    pub environment: Option<String>,
    /// Only these stages; all of the environment's if empty.
    pub stages: Vec<String>,
    /// In place of the environment's own.
    pub account: Option<String>,
    /// In place of the environment's own.
    pub region: Option<String>,
    /// URL of an emulator, in place of the environment's own.
    pub endpoint: Option<String>,
}

/// The account of the embedded AWS, as LocalStack has it.
const EMBEDDED_ACCOUNT: &str = "000000000000";
const EMBEDDED_REGION: &str = "us-east-1";

/// The settings of the environment asked for; `None` for `local` without settings, and for one that is not there,
/// which is reported.
pub(super) fn find<'a>(
    settings: &'a Settings,
    options: &LoadOptions,
    known: bool,
    sink: &mut Sink,
) -> Option<&'a EnvironmentSettings> {
    let name = options.environment.as_deref().unwrap_or(LOCAL);
    let found = settings
        .environments
        .iter()
        .find(|environment| environment.name.value == name);
    if found.is_none() && name != LOCAL && known {
        let names = settings
            .environments
            .iter()
            .map(|environment| environment.name.value.as_str());
        let message = format!("no environment is named `{name}`");
        let finding = match settings.environments_span {
            Some(span) => Finding::error("unknown-environment", span, message),
            None => Finding::usage("unknown-environment", message),
        };
        sink.push(finding.help_opt(suggest::help(name, names.chain([LOCAL]))));
    }
    found
}

/// The environment with the caller's overrides, or stand-ins for what is missing, which is reported.
pub(super) fn resolve(found: Option<&EnvironmentSettings>, options: &LoadOptions, sink: &mut Sink) -> Environment {
    overrides(options, sink);
    let embedded = match found {
        Some(settings) => settings.embedded.as_ref().map(|embedded| embedded.value),
        None => Some(Default::default()),
    };
    if let Some(settings) = found
        && embedded.is_none()
    {
        for (key, given) in [("account", &options.account), ("region", &options.region)] {
            if given.is_none() && settings.raw.member(key).is_none() {
                let message = format!("environment `{}` needs `{key}`", settings.name.value);
                let help = "pipectl touches nothing outside the account and region an environment names";
                sink.push(Finding::error("missing-key", settings.name.span, message).help(help));
            }
        }
    }
    let choose = |given: &Option<String>, own: Option<&Located<String>>, fallback: &str| {
        given
            .clone()
            .or_else(|| own.map(|own| own.value.clone()))
            .unwrap_or_else(|| fallback.to_owned())
    };
    Environment {
        name: options.environment.clone().unwrap_or_else(|| LOCAL.to_owned()),
        account: choose(
            &options.account,
            found.and_then(|found| found.account.as_ref()),
            EMBEDDED_ACCOUNT,
        ),
        region: choose(
            &options.region,
            found.and_then(|found| found.region.as_ref()),
            EMBEDDED_REGION,
        ),
        endpoint: options.endpoint.clone().or_else(|| {
            let own = found.and_then(|found| found.endpoint.as_ref());
            own.map(|endpoint| endpoint.value.clone())
        }),
        embedded,
        profile: found
            .and_then(|found| found.profile.as_ref())
            .map(|profile| profile.value.clone()),
        ingest: found.map(|found| found.ingest).unwrap_or_default(),
    }
}

fn overrides(options: &LoadOptions, sink: &mut Sink) {
    if let Some(account) = options.account.as_deref().filter(|account| !is_account(account)) {
        let message = format!("`{account}` is not an AWS account id");
        sink.push(Finding::usage("bad-account", message).help("an account id is 12 digits, no hyphens"));
    }
    if let Some(region) = options.region.as_deref().filter(|region| !is_region(region)) {
        let message = format!("`{region}` is not an AWS region");
        sink.push(Finding::usage("bad-region", message).help("a region looks like `eu-west-1`"));
    }
}

/// Checks the stages that any environment names.
pub(super) fn check_stages(settings: &Settings, sink: &mut Sink) {
    let named = settings
        .environments
        .iter()
        .filter_map(|environment| environment.stages.as_ref())
        .flatten();
    for stage in named.filter(|stage| !STAGES.contains(&stage.value.as_str())) {
        let finding = Finding::error(
            "unknown-stage",
            stage.span,
            format!("no stage is named `{}`", stage.value),
        );
        sink.push(finding.help_opt(suggest::help(&stage.value, STAGES)));
    }
}

/// The stages to work on: the environment's, narrowed to the caller's.
pub(super) fn select_stages(
    found: Option<&EnvironmentSettings>,
    options: &LoadOptions,
    sink: &mut Sink,
) -> Vec<&'static str> {
    let own = found.and_then(|found| found.stages.as_ref());
    let has = |stage: &str| own.is_none_or(|own| own.iter().any(|one| one.value == stage));
    for stage in &options.stages {
        if !STAGES.contains(&stage.as_str()) {
            let finding = Finding::usage("unknown-stage", format!("no stage is named `{stage}`"));
            sink.push(finding.help_opt(suggest::help(stage, STAGES)));
        } else if !has(stage) {
            let name = found.map_or(LOCAL, |found| found.name.value.as_str());
            let message = format!("environment `{name}` does not include the stage `{stage}`");
            sink.push(Finding::usage("unknown-stage", message));
        }
    }
    let asked = |stage: &str| options.stages.is_empty() || options.stages.iter().any(|one| one == stage);
    STAGES.into_iter().filter(|stage| has(stage) && asked(stage)).collect()
}
