//! Aggregates and window functions.

use super::harness::Session;

const PEOPLE: &str = "CREATE TABLE people (name VARCHAR, team VARCHAR, pay DECIMAL(12, 2), age INTEGER);
    INSERT INTO people VALUES ('Ann', 'a', 10.00, 30), ('Bob', 'a', 20.05, 40), ('Cy', 'a', 30.10, NULL),
    ('Dee', 'b', 5.00, 50), ('Eve', 'b', 6.00, 51), ('Flo', NULL, NULL, 60)";

fn run(sql: &str) -> Vec<String> {
    Session::new(PEOPLE).run(sql).unwrap_or_else(|error| vec![error])
}

#[test]
fn averages_cut_off() {
    // AWS's example of PIVOT.
    let session = Session::new(
        "CREATE TABLE part (name VARCHAR, price DECIMAL(12, 2)); INSERT INTO part VALUES
        ('prop', 10.00), ('prop', 9.00), ('prop', 12.00), ('rudder', 2.50), ('rudder', 3.75), ('rudder', 1.90)",
    );
    let rows = session
        .run("SELECT name, avg(price) FROM part GROUP BY name ORDER BY 1")
        .unwrap();
    assert_eq!(rows, ["prop|10.33", "rudder|2.71"]);
}

#[test]
fn percentiles() {
    let sql = "SELECT team, median(pay), percentile_cont(0.25) within group (order by pay),
        approximate percentile_disc(0.5) within group (order by pay desc) FROM people GROUP BY team ORDER BY team";
    assert_eq!(run(sql), ["a|20.050|15.0250|20.05", "b|5.500|5.2500|6.00", "-|-|-|-"]);
    let sql = "SELECT name, median(pay) over (partition by team),
        percentile_disc(0.5) within group (order by age) over (partition by team) FROM people ORDER BY name";
    assert_eq!(
        run(sql),
        [
            "Ann|20.050|30",
            "Bob|20.050|30",
            "Cy|20.050|30",
            "Dee|5.500|50",
            "Eve|5.500|50",
            "Flo|-|60"
        ]
    );
    assert_eq!(
        run("SELECT percentile_cont(0.9) within group (order by pay desc) FROM people"),
        ["5.400"]
    );
    assert_eq!(run("SELECT median(age::float8) FROM people"), ["50.0"]);
    assert_eq!(
        run("SELECT team, median(age) FROM people GROUP BY 1 ORDER BY 1"),
        ["a|35.0", "b|50.5", "-|60.0"]
    );
}

#[test]
fn lists() {
    let sql =
        "SELECT team, listagg(name, ', ') within group (order by pay desc) FROM people GROUP BY team ORDER BY team";
    assert_eq!(run(sql), ["a|Cy, Bob, Ann", "b|Eve, Dee", "-|Flo"]);
    assert_eq!(
        run("SELECT listagg(distinct team, ',') within group (order by team) FROM people"),
        ["a,b"]
    );
    let sql = "SELECT name, listagg(name) within group (order by name) over (partition by team) FROM people ORDER BY 1 LIMIT 1";
    assert_eq!(run(sql), ["Ann|AnnBobCy"]);
    assert_eq!(
        run("SELECT listagg(age, '-') within group (order by age) FROM people"),
        ["30-40-50-51-60"]
    );
}

#[test]
fn counts() {
    assert_eq!(
        run("SELECT count(*), count(age), count(distinct team), approximate count(distinct team) FROM people"),
        ["6|5|2|2"]
    );
    assert_eq!(
        run("SELECT count(distinct team) AS n, bool_or(age > 59), min(name), max(pay) FROM people"),
        ["2|true|Ann|30.10"]
    );
    assert_eq!(
        run("SELECT round(stddev(age), 4), round(var_pop(age), 2), stddev_pop(age) > 0 FROM people"),
        ["11.4978|105.76|true"]
    );
    assert_eq!(
        run("SELECT approximate percentile_disc(0.5) within group (order by age) FROM people"),
        ["50"]
    );
}

#[test]
fn windows() {
    let sql = "SELECT name, row_number() over (partition by team order by pay desc), rank() over (order by team),
        sum(pay) over (partition by team order by pay rows unbounded preceding),
        avg(pay) over (partition by team), lag(name) over (order by name), ratio_to_report(age) over (partition by team)
        FROM people WHERE team = 'b' ORDER BY name";
    let rows = run(sql);
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert!(rows[0].starts_with("Dee|2|1|5.00|5.50|-|0.495"), "{rows:?}");
    assert!(rows[1].starts_with("Eve|1|1|11.00|5.50|Dee|0.504"), "{rows:?}");
    let sql = "SELECT name, first_value(age ignore nulls) over (order by name rows between current row and unbounded following),
        last_value(age) ignore nulls over (order by name rows between unbounded preceding and current row),
        ntile(2) over (order by name), dense_rank() over (order by team) FROM people ORDER BY name LIMIT 3";
    assert_eq!(run(sql), ["Ann|30|30|1|1", "Bob|40|40|1|1", "Cy|50|40|1|1"]);
    let sql = "SELECT name, sum(sum(pay)) over () FROM people WHERE team = 'b' GROUP BY name ORDER BY name";
    assert_eq!(run(sql), ["Dee|11.00", "Eve|11.00"]);
}

#[test]
fn nulls_sort_as_the_greatest() {
    assert_eq!(
        run("SELECT name FROM people ORDER BY age DESC, name LIMIT 2"),
        ["Cy", "Flo"]
    );
    assert_eq!(run("SELECT name FROM people ORDER BY age LIMIT 1 OFFSET 5"), ["Cy"]);
    assert_eq!(run("SELECT name FROM people ORDER BY age NULLS FIRST LIMIT 1"), ["Cy"]);
}

#[test]
fn groups() {
    let sql = "SELECT team, count(*), grouping(team) FROM people GROUP BY rollup(team) ORDER BY 3, 1";
    assert_eq!(run(sql), ["a|3|0", "b|2|0", "-|1|0", "-|6|1"]);
    let sql =
        "SELECT team, name, grouping(team, name) FROM people GROUP BY cube (team, name) ORDER BY 3 DESC, 1 LIMIT 1";
    assert_eq!(run(sql), ["-|-|3"]);
    let sql = "SELECT team, age > 45, count(*) FROM people GROUP BY grouping sets ((team), (age > 45), ()) ORDER BY 3 DESC LIMIT 1";
    assert_eq!(run(sql), ["-|-|6"]);
    assert_eq!(
        run("SELECT pay / 2 AS half, count(*) FROM people GROUP BY pay / 2 ORDER BY 1 LIMIT 1"),
        ["2.5000000000000|1"]
    );
    assert_eq!(
        run("SELECT age / 10, count(*) FROM people GROUP BY 1 HAVING count(*) > 1"),
        ["5|2"]
    );
    assert_eq!(
        run("SELECT team, sum(pay) / count(*) FROM people GROUP BY 1 HAVING sum(pay) / count(*) > 10"),
        ["a|20.0500"]
    );
}
