//! The help text is part of the product: a change shows up in review.

use crate::project::Project;

#[test]
fn help_of_every_command() {
    let project = Project::employees();
    let mut text = String::new();
    for command in [
        &["--help"][..],
        &["help", "up"],
        &["help", "validate"],
        &["help", "plan"],
        &["help", "deploy"],
        &["help", "status"],
        &["help", "ingest"],
        &["help", "run"],
        &["help", "query"],
        &["help", "dashboard"],
        &["help", "teardown"],
        &["help", "export"],
        &["help", "local"],
    ] {
        text.push_str(&format!(
            "$ pipectl {}\n{}\n",
            command.join(" "),
            project.done(command).stdout
        ));
    }
    insta::assert_snapshot!(text);
}
