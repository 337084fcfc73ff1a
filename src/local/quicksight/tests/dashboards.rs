//! Dashboards and analyses: versions, publishing, what is wrong with a definition.

use aws_sdk_quicksight::operation::create_dashboard::builders::CreateDashboardFluentBuilder;
use aws_sdk_quicksight::types::{
    BarChartAggregatedFieldWells, BarChartConfiguration, BarChartFieldWells, BarChartVisual, CategoricalDimensionField,
    ColumnIdentifier, Dashboard as Shown, DashboardVersionDefinition, DataSetIdentifierDeclaration, DimensionField,
    MeasureField, NumericalMeasureField, SheetDefinition, Visual,
};

use super::*;

const SET: &str = "arn:aws:quicksight:us-east-1:000000000000:dataset/set";

fn column(name: &str) -> ColumnIdentifier {
    let column = ColumnIdentifier::builder()
        .data_set_identifier("rows")
        .column_name(name);
    column.build().unwrap()
}

/// A bar chart of a sum of `value` by `category`.
fn definition(set: &str, category: &str, value: &str) -> DashboardVersionDefinition {
    let category = CategoricalDimensionField::builder()
        .field_id("c")
        .column(column(category));
    let value = NumericalMeasureField::builder().field_id("v").column(column(value));
    let wells = BarChartAggregatedFieldWells::builder()
        .category(
            DimensionField::builder()
                .categorical_dimension_field(category.build().unwrap())
                .build(),
        )
        .values(
            MeasureField::builder()
                .numerical_measure_field(value.build().unwrap())
                .build(),
        );
    let wells = BarChartFieldWells::builder().bar_chart_aggregated_field_wells(wells.build());
    let chart = BarChartConfiguration::builder().field_wells(wells.build());
    let chart = BarChartVisual::builder()
        .visual_id("bars")
        .chart_configuration(chart.build());
    let visual = Visual::builder().bar_chart_visual(chart.build().unwrap());
    let sheet = SheetDefinition::builder()
        .sheet_id("one")
        .name("One")
        .visuals(visual.build());
    let declaration = DataSetIdentifierDeclaration::builder()
        .identifier("rows")
        .data_set_arn(set);
    DashboardVersionDefinition::builder()
        .data_set_identifier_declarations(declaration.build().unwrap())
        .sheets(sheet.build().unwrap())
        .build()
        .unwrap()
}

/// Runs a test on a stack that holds the SDK's code for definitions, which without optimisation needs much of it.
fn roomy<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    let run = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.unwrap().block_on(test());
    };
    let thread = std::thread::Builder::new().stack_size(32 << 20).spawn(run);
    if let Err(panic) = thread.unwrap().join() {
        std::panic::resume_unwind(panic);
    }
}

impl World {
    fn new_dashboard(&self, definition: DashboardVersionDefinition) -> CreateDashboardFluentBuilder {
        let request = self
            .client
            .create_dashboard()
            .aws_account_id(ACCOUNT)
            .dashboard_id("board");
        request.name("Board").definition(definition)
    }

    async fn board(&self) -> Shown {
        let request = self
            .client
            .describe_dashboard()
            .aws_account_id(ACCOUNT)
            .dashboard_id("board");
        request.send().await.unwrap().dashboard.unwrap()
    }
}

fn version(dashboard: &Shown) -> (i64, &str) {
    let version = dashboard.version().unwrap();
    (version.version_number().unwrap(), version.status().unwrap().as_str())
}

#[test]
fn a_new_version_is_shown_once_it_is_published() {
    roomy(|| async {
        let world = World::new();
        world.set("rows").await;
        let everybody = "arn:aws:quicksight:us-east-1:000000000000:namespace/default";
        let created = world
            .new_dashboard(definition(SET, "text", "id"))
            .permissions(permission(everybody, &["DescribeDashboard", "QueryDashboard"]))
            .send()
            .await
            .unwrap();
        assert_eq!(created.status(), 202);
        assert!(created.version_arn().unwrap().ends_with("dashboard/board/version/1"));
        assert_eq!(version(&world.board().await), (1, "CREATION_IN_PROGRESS"));
        let update = || {
            let request = world
                .client
                .update_dashboard()
                .aws_account_id(ACCOUNT)
                .dashboard_id("board");
            let request = request.name("New name").version_description("second");
            request.definition(definition(SET, "text", "id"))
        };
        let (code, _) = refused!(update());
        assert_eq!(code, "ConflictException");
        world.clock.pass(50);
        let board = world.board().await;
        assert_eq!(version(&board), (1, "CREATION_SUCCESSFUL"));
        let shown = board.version().unwrap();
        assert_eq!(shown.data_set_arns(), [SET]);
        assert_eq!(shown.sheets()[0].name(), Some("One"));

        let updated = update().send().await.unwrap();
        assert!(updated.version_arn().unwrap().ends_with("/version/2"));
        let publish = || {
            let request = world
                .client
                .update_dashboard_published_version()
                .aws_account_id(ACCOUNT);
            request.dashboard_id("board").version_number(2)
        };
        let (code, _) = refused!(publish());
        assert_eq!(code, "ConflictException");
        world.clock.pass(50);
        assert_eq!(world.board().await.name(), Some("Board"));
        publish().send().await.unwrap();
        let board = world.board().await;
        assert_eq!(
            (version(&board), board.name()),
            ((2, "CREATION_SUCCESSFUL"), Some("New name"))
        );
        let versions = world
            .client
            .list_dashboard_versions()
            .aws_account_id(ACCOUNT)
            .dashboard_id("board");
        let versions = versions.send().await.unwrap();
        let numbers: Vec<_> = versions
            .dashboard_version_summary_list()
            .iter()
            .map(|v| v.version_number())
            .collect();
        assert_eq!(numbers, [Some(2), Some(1)]);
        let described = world
            .client
            .describe_dashboard_definition()
            .aws_account_id(ACCOUNT)
            .dashboard_id("board");
        let described = described.version_number(1).send().await.unwrap();
        assert_eq!(described.definition(), Some(&definition(SET, "text", "id")));
        assert_eq!(described.resource_status().unwrap().as_str(), "CREATION_SUCCESSFUL");
        let delete = || {
            world
                .client
                .delete_dashboard()
                .aws_account_id(ACCOUNT)
                .dashboard_id("board")
        };
        let (code, _) = refused!(delete().version_number(2));
        assert_eq!(code, "ConflictException");
        delete().version_number(1).send().await.unwrap();
        let world = world.reopened();
        let listed = world
            .client
            .list_dashboards()
            .aws_account_id(ACCOUNT)
            .send()
            .await
            .unwrap();
        assert_eq!(listed.dashboard_summary_list()[0].published_version_number(), Some(2));
        let delete = world
            .client
            .delete_dashboard()
            .aws_account_id(ACCOUNT)
            .dashboard_id("board");
        delete.send().await.unwrap();
        let listed = world
            .client
            .list_dashboards()
            .aws_account_id(ACCOUNT)
            .send()
            .await
            .unwrap();
        assert!(listed.dashboard_summary_list().is_empty());
    });
}

#[test]
fn what_is_wrong_with_a_definition_fails_its_version() {
    roomy(|| async {
        let world = World::new();
        world.set("rows").await;
        let missing = SET.replace("/set", "/none");
        let cases = [
            (definition(&missing, "text", "id"), "DATA_SET_NOT_FOUND", "dataset/none"),
            (
                definition(SET, "text", "salary"),
                "COLUMN_REPLACEMENT_MISSING",
                "Required column 'salary' is missing in data set 'arn:aws:quicksight:us-east-1:000000000000:dataset/set'",
            ),
            (
                definition(SET, "text", "text"),
                "COLUMN_TYPE_MISMATCH",
                "Column 'text' is of type STRING; NumericalMeasureField needs a number",
            ),
        ];
        for (definition, kind, part) in cases {
            world.new_dashboard(definition).send().await.unwrap();
            assert!(world.board().await.version().unwrap().errors().is_empty());
            world.clock.pass(50);
            let board = world.board().await;
            assert_eq!(version(&board), (1, "CREATION_FAILED"));
            let errors = board.version().unwrap().errors();
            assert_eq!(errors.len(), 1, "{errors:?}");
            assert_eq!(errors[0].r#type().unwrap().as_str(), kind);
            assert!(errors[0].message().unwrap().contains(part), "{errors:?}");
            if kind != "DATA_SET_NOT_FOUND" {
                assert_eq!(errors[0].violated_entities()[0].path(), Some("sheet/one/visual/bars"));
            }
            let publish = world
                .client
                .update_dashboard_published_version()
                .aws_account_id(ACCOUNT);
            let (code, _) = refused!(publish.dashboard_id("board").version_number(1));
            assert_eq!(code, "InvalidParameterValueException");
            let delete = world.client.delete_dashboard().aws_account_id(ACCOUNT);
            delete.dashboard_id("board").send().await.unwrap();
        }
    });
}

#[test]
fn what_the_model_forbids_and_what_is_not_here_is_refused() {
    roomy(|| async {
        let world = World::new();
        world.set("rows").await;
        let mut twice = definition(SET, "text", "id");
        let sheet = twice.sheets()[0].clone();
        twice.sheets.as_mut().unwrap().push(sheet);
        let (code, message) = refused!(world.new_dashboard(twice));
        assert_eq!(
            (&*code, message.contains("SheetId one")),
            ("InvalidParameterValueException", true)
        );
        let mut bad = definition(SET, "text", "id");
        bad.sheets.as_mut().unwrap()[0].sheet_id = String::new();
        let (code, message) = refused!(world.new_dashboard(bad));
        assert_eq!(code, "ValidationException");
        assert!(message.contains("'definition.sheets.1.member.sheetId'"), "{message}");
        let (code, _) = refused!(
            world
                .new_dashboard(definition(SET, "text", "id"))
                .theme_arn("arn:theme")
        );
        assert_eq!(code, "NotImplemented");
        world.new_dashboard(definition(SET, "text", "id")).send().await.unwrap();
        let snapshot = world
            .client
            .start_dashboard_snapshot_job()
            .aws_account_id(ACCOUNT)
            .dashboard_id("board");
        let configuration = aws_sdk_quicksight::types::SnapshotConfiguration::builder()
            .file_groups(aws_sdk_quicksight::types::SnapshotFileGroup::builder().build())
            .build()
            .unwrap();
        let (code, message) = refused!(snapshot.snapshot_job_id("job").snapshot_configuration(configuration));
        assert_eq!(code, "UnsupportedUserEditionException");
        assert!(message.contains("pipectl dashboard"), "{message}");
    });
}

#[test]
fn an_analysis_is_deleted_with_a_recovery_window() {
    roomy(|| async {
        let world = World::new();
        world.set("rows").await;
        let board = definition(SET, "text", "id");
        let analysis = aws_sdk_quicksight::types::AnalysisDefinition::builder()
            .set_data_set_identifier_declarations(Some(board.data_set_identifier_declarations))
            .set_sheets(board.sheets)
            .build()
            .unwrap();
        let create = world.client.create_analysis().aws_account_id(ACCOUNT).analysis_id("a");
        create.name("A").definition(analysis).send().await.unwrap();
        let status = || async {
            let request = world
                .client
                .describe_analysis()
                .aws_account_id(ACCOUNT)
                .analysis_id("a");
            let shown = request
                .send()
                .await
                .map(|shown| shown.analysis.unwrap().status.unwrap());
            shown.map_or("none".to_owned(), |status| status.as_str().to_owned())
        };
        world.clock.pass(50);
        assert_eq!(status().await, "CREATION_SUCCESSFUL");
        let delete = || world.client.delete_analysis().aws_account_id(ACCOUNT).analysis_id("a");
        let restore = || world.client.restore_analysis().aws_account_id(ACCOUNT).analysis_id("a");
        delete().recovery_window_in_days(7).send().await.unwrap();
        assert_eq!(status().await, "DELETED");
        restore().send().await.unwrap();
        assert_eq!(status().await, "CREATION_SUCCESSFUL");
        let (code, _) = refused!(restore());
        assert_eq!(code, "PreconditionNotMetException");
        delete().send().await.unwrap();
        world.clock.pass(31 * 24 * 3_600_000);
        assert_eq!(status().await, "none");
    });
}
