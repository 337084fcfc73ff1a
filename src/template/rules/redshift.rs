//! Redshift clusters, Redshift Serverless, and the SQL that runs in them.

use std::path::{Component, Path, PathBuf};

use super::Subject;
use super::object::{dangling, missing};
use crate::template::node::{Data, Member, Node};
use crate::template::sink::{Finding, Sink};

/// Passwords stay out of the configs: AWS makes, keeps and rotates them in Secrets Manager
/// (<https://docs.aws.amazon.com/redshift/latest/mgmt/redshift-secrets-manager-integration.html>).
pub(super) fn no_password(subject: &Subject<'_>, sink: &mut Sink) {
    for (password, managed) in [
        ("MasterUserPassword", "ManageMasterPassword"),
        ("AdminUserPassword", "ManageAdminPassword"),
    ] {
        if let Some(member) = subject.properties.member(password) {
            let message = format!("`{password}` would put a secret into the configs");
            let help = format!("replace it by \"{managed}\": true: AWS keeps the password in Secrets Manager");
            sink.push(
                Finding::error("secret-in-config", member.key_span, message)
                    .help(help)
                    .secret(),
            );
        }
    }
}

/// CreateCluster takes a password or makes one; see [`no_password`].
pub(super) fn managed_password(subject: &Subject<'_>, sink: &mut Sink) {
    let properties = subject.properties;
    let managed = properties.get("ManageMasterPassword").map(|node| &node.data);
    if !matches!(managed, Some(Data::Bool(true) | Data::Broken)) && properties.get("MasterUserPassword").is_none() {
        let message = "a cluster needs \"ManageMasterPassword\": true";
        let help = "AWS then makes the password and keeps it in Secrets Manager";
        let place = properties.get("ManageMasterPassword").unwrap_or(properties).span;
        sink.push(Finding::error("missing-property", place, message).help(help));
    }
}

/// CreateCluster: a multi-node cluster needs `NumberOfNodes`, at least 2; a single-node one has 1.
pub(super) fn nodes_fit_type(subject: &Subject<'_>, sink: &mut Sink) {
    let kind = subject.properties.get("ClusterType");
    let nodes = subject.properties.get("NumberOfNodes");
    let Some((place, kind)) = kind.and_then(|node| Some((node.span, node.text()?))) else {
        return;
    };
    match (kind, nodes, nodes.and_then(Node::integer)) {
        ("multi-node", None, _) => {
            let message = "a multi-node cluster needs `NumberOfNodes`";
            sink.push(Finding::error("missing-property", place, message));
        }
        ("multi-node", Some(node), Some(1)) => {
            let message = "a multi-node cluster has at least 2 nodes";
            let help = "set \"ClusterType\": \"single-node\", or more nodes";
            sink.push(Finding::error("out-of-range", node.span, message).help(help));
        }
        ("single-node", Some(node), Some(2..)) => {
            let message = "a single-node cluster has 1 node";
            let help = "set \"ClusterType\": \"multi-node\", or leave `NumberOfNodes` out";
            sink.push(Finding::error("out-of-range", node.span, message).help(help));
        }
        ("single-node" | "multi-node", ..) => {}
        (other, ..) => {
            let message = format!("`ClusterType` cannot be \"{other}\"");
            sink.push(Finding::error("wrong-value", place, message).help("allowed: single-node, multi-node"));
        }
    }
}

/// CreateCluster: `Encrypted`: "If you set the value on this parameter to false, the request will fail".
pub(super) fn encrypted(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("Encrypted") else {
        return;
    };
    if node.data == Data::Bool(false) {
        let message = "a cluster cannot be made without encryption any more";
        sink.push(Finding::error("wrong-value", node.span, message).help("remove `Encrypted`, or set it to true"));
    }
}

/// CreateClusterSubnetGroup needs a subnet (the schema only has a maximum).
pub(super) fn subnets(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(node) = subject.properties.get("SubnetIds") else {
        return;
    };
    if node.list().is_some_and(<[Node]>::is_empty) {
        let message = "`SubnetIds` must have at least 1 items, it has 0";
        sink.push(Finding::error("bad-length", node.span, message));
    }
}

/// 4, or 8 to 512 in steps of 8, or to 1024 in steps of 32
/// (<https://docs.aws.amazon.com/redshift/latest/mgmt/serverless-capacity.html>); never above the maximum.
pub(super) fn capacity(subject: &Subject<'_>, sink: &mut Sink) {
    let base = subject.properties.get("BaseCapacity");
    let Some((node, base)) = base.and_then(|node| Some((node, node.integer()?))) else {
        return;
    };
    let good = match base {
        4 => true,
        8..=512 => base % 8 == 0,
        513..=1024 => base % 32 == 0,
        _ => false,
    };
    if !good {
        let message = format!("`BaseCapacity` cannot be {base} RPUs");
        let help = "4, or a multiple of 8 from 8 to 512, or a multiple of 32 up to 1024";
        sink.push(Finding::error("out-of-range", node.span, message).help(help));
    }
    let most = subject.properties.get("MaxCapacity");
    if let Some((most, max)) = most.and_then(|node| Some((node, node.integer()?)))
        && max < base
    {
        let message = format!("`MaxCapacity` must be at least the `BaseCapacity` of {base}, not {max}");
        sink.push(Finding::error("out-of-range", most.span, message));
    }
}

/// CreateWorkgroup, CreateCluster with RA3 nodes: ports 5431-5455 and 8191-8215.
pub(super) fn port(subject: &Subject<'_>, sink: &mut Sink) {
    let Some((node, port)) = subject
        .properties
        .get("Port")
        .and_then(|node| Some((node, node.integer()?)))
    else {
        return;
    };
    let older = subject
        .properties
        .get("NodeType")
        .and_then(Node::text)
        .is_some_and(|kind| kind.starts_with("dc2"));
    if !older && !matches!(port, 5431..=5455 | 8191..=8215) {
        let message = format!("`Port` must be from 5431 to 5455 or from 8191 to 8215, not {port}");
        sink.push(Finding::error("out-of-range", node.span, message));
    }
}

/// UpdateNamespace: "This parameter must be updated together with iamRoles"; the default role is one of them.
pub(super) fn default_role(subject: &Subject<'_>, sink: &mut Sink) {
    let Some(default) = subject.properties.member("DefaultIamRoleArn") else {
        return;
    };
    let roles = subject
        .properties
        .get("IamRoles")
        .and_then(Node::list)
        .unwrap_or_default();
    let wanted = default.value.to_value();
    let unknown = |node: &Node| matches!(node.data, Data::Broken);
    if !roles.iter().any(|role| unknown(role) || role.to_value() == wanted) && !unknown(&default.value) {
        let message = "`DefaultIamRoleArn` must be one of `IamRoles`";
        let help = "add it to `IamRoles` too";
        sink.push(Finding::error("missing-property", default.key_span, message).help(help));
    }
}

/// `Pipectl::Redshift::Sql` runs in one warehouse.
pub(super) fn one_warehouse(subject: &Subject<'_>, sink: &mut Sink) {
    match (
        subject.properties.member("Workgroup"),
        subject.properties.member("Cluster"),
    ) {
        (None, None) => {
            let message = "SQL needs a `Workgroup` or a `Cluster` to run in";
            sink.push(Finding::error("missing-property", subject.properties.span, message));
        }
        (Some(first), Some(other)) => {
            let message = "SQL runs in a `Workgroup` or in a `Cluster`, not in both";
            let finding = Finding::error("conflicting-properties", other.key_span, message);
            sink.push(finding.related(first.key_span, "the other one"));
        }
        _ => {}
    }
}

/// `Source` is a file of the project or a folder with `.sql` files, `Teardown` a file.
pub(super) fn sources_exist(subject: &Subject<'_>, sink: &mut Sink) {
    for name in ["Source", "Teardown"] {
        let Some((node, source)) = subject.properties.get(name).and_then(|node| Some((node, node.text()?))) else {
            continue;
        };
        if let Err((message, help)) = find(subject.root, source, name == "Source") {
            sink.push(Finding::error("missing-file", node.span, message).help_opt(help));
        }
    }
}

/// The files that a source stands for, in the order of their names.
fn find(root: &Path, source: &str, folders: bool) -> Result<Vec<PathBuf>, (String, Option<String>)> {
    let path = Path::new(source);
    let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !path.components().all(inside) {
        let help = "give the path relative to the project's folder, without `..`";
        return Err((format!("`{source}` is not inside the project"), Some(help.into())));
    }
    let full = root.join(path);
    if full.is_file() {
        return Ok(vec![full]);
    }
    if !full.is_dir() {
        return Err(missing(&full, source, "file or folder"));
    }
    if !folders {
        return Err((format!("`{source}` is a folder, not a file"), None));
    }
    let entries = std::fs::read_dir(&full).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "sql"))
        .collect();
    files.sort();
    for file in &files {
        if let Some(help) = dangling(file) {
            let name = path.join(file.file_name().unwrap_or_default());
            return Err((
                format!("`{}` is a symbolic link to nothing", name.display()),
                Some(help),
            ));
        }
    }
    match files.is_empty() {
        true => Err((format!("the folder `{source}` holds no .sql file"), None)),
        false => Ok(files),
    }
}

/// Variables go into the SQL as they are, inside its quotes: they may not end a quote or a statement.
pub(super) fn safe_variables(subject: &Subject<'_>, sink: &mut Sink) {
    for Member { key, value, .. } in variables(subject) {
        let unsafe_char = |c: char| matches!(c, '\'' | '"' | ';' | '\\' | '$') || c.is_control();
        let unsafe_text = |text: &str| text.contains(unsafe_char) || text.contains("--") || text.contains("/*");
        if value.text().is_some_and(unsafe_text) {
            let message = format!("the variable `{key}` could end a quote or statement of the SQL");
            let help = "no quotes, semicolons, backslashes, `$`, line breaks or comments";
            sink.push(Finding::error("bad-pattern", value.span, message).help(help));
        }
    }
}

fn variables<'a>(subject: &Subject<'a>) -> &'a [Member] {
    subject
        .properties
        .get("Variables")
        .and_then(Node::members)
        .unwrap_or_default()
}

/// Every `${Name}` in the SQL is one of `Variables`, and every variable is used.
pub(super) fn variables_fit(subject: &Subject<'_>, sink: &mut Sink) {
    let given = variables(subject);
    let mut used = Vec::new();
    for (name, folders) in [("Source", true), ("Teardown", false)] {
        let Some((node, source)) = subject.properties.get(name).and_then(|node| Some((node, node.text()?))) else {
            continue;
        };
        for file in find(subject.root, source, folders).unwrap_or_default() {
            let Ok(text) = std::fs::read_to_string(&file) else {
                continue;
            };
            for (variable, line) in names_in(&text) {
                if !given.iter().any(|member| member.key == variable) {
                    let file = file.strip_prefix(subject.root).unwrap_or(&file).display();
                    let message = format!("{file}:{line} uses `${{{variable}}}`, which is no variable");
                    let help = format!("add \"{variable}\" to `Variables`");
                    sink.push(Finding::error("unknown-reference", node.span, message).help(help));
                }
                used.push(variable.to_owned());
            }
        }
    }
    for member in given.iter().filter(|member| !used.contains(&member.key)) {
        let message = format!("no SQL uses the variable `{}`", member.key);
        sink.push(Finding::warning("unused-variable", member.key_span, message));
    }
}

/// The names in `${Name}`, each with its line.
fn names_in(text: &str) -> impl Iterator<Item = (&str, usize)> {
    text.lines().enumerate().flat_map(|(index, line)| {
        let good = |name: &&str| {
            !name.is_empty()
                && name
                    .chars()
                    .all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
        };
        let names = line
            .split("${")
            .skip(1)
            .filter_map(|rest| Some(rest.split_once('}')?.0));
        names.filter(good).map(move |name| (name, index + 1))
    })
}
