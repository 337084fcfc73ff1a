use super::*;

fn batch(arrival: i64, records: &[&str]) -> Batch {
    let mut batch = Batch::new(arrival);
    for data in records {
        let meta = Meta {
            partition_key: "key",
            ..Meta::default()
        };
        batch
            .push(meta, data.len(), |to| {
                to.copy_from_slice(data.as_bytes());
                Ok::<_, ()>(())
            })
            .unwrap();
    }
    batch
}

fn all(journal: &Journal, max_bytes: usize) -> Vec<String> {
    let mut position = 0;
    let mut found = Vec::new();
    loop {
        let chunk = journal.read(position, max_bytes).unwrap();
        found.extend(chunk.frames().map(|f| String::from_utf8(f.data.to_vec()).unwrap()));
        if chunk.next == position || chunk.next >= chunk.end {
            return found;
        }
        position = chunk.next;
    }
}

#[test]
fn records_come_back_in_order_over_segments_and_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("shard");
    let journal = Journal::with_segments(path.clone(), false, 64);
    for n in 0..20 {
        journal
            .append(&mut batch(n, &[&format!("a{n}"), &format!("b{n}")]))
            .unwrap();
    }
    assert!(journal.segments().unwrap() > 5);
    let expected: Vec<_> = (0..20).flat_map(|n| [format!("a{n}"), format!("b{n}")]).collect();
    // A read of one byte still makes progress.
    assert_eq!(all(&journal, 1), expected);
    let again = Journal::with_segments(path, false, 64);
    assert_eq!(all(&again, 1 << 20), expected);
    assert_eq!(again.end().unwrap(), journal.end().unwrap());
}

#[test]
fn a_torn_end_is_cut_and_writing_goes_on_behind_it() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path().to_owned(), false);
    journal.append(&mut batch(1, &["one", "two"])).unwrap();
    let whole = journal.end().unwrap();
    journal.append(&mut batch(2, &["three"])).unwrap();
    drop(journal);
    for cut in [1, 5, 12] {
        let path = segment::path(dir.path(), FIRST);
        let file = File::options().write(true).open(&path).unwrap();
        file.set_len(file.metadata().unwrap().len() - cut).unwrap();
        let journal = Journal::new(dir.path().to_owned(), false);
        assert_eq!(journal.end().unwrap(), whole, "cut {cut}");
        assert_eq!(journal.append(&mut batch(2, &["three"])).unwrap().first, whole);
        assert_eq!(all(&journal, 1 << 20), ["one", "two", "three"]);
    }
}

#[test]
fn a_damaged_record_ends_the_log_at_open() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path().to_owned(), false);
    journal.append(&mut batch(1, &["one"])).unwrap();
    let second = journal.append(&mut batch(1, &["two"])).unwrap().first;
    drop(journal);
    let path = segment::path(dir.path(), FIRST);
    let mut bytes = fs::read(&path).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&path, bytes).unwrap();
    let journal = Journal::new(dir.path().to_owned(), false);
    assert_eq!(journal.end().unwrap(), second);
    assert_eq!(all(&journal, 1 << 20), ["one"]);
}

#[test]
fn positions_are_found_by_time_and_only_where_a_record_starts() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::with_segments(dir.path().to_owned(), false, 100);
    let positions: Vec<_> = (0..30)
        .map(|n| journal.append(&mut batch(n / 3 * 10, &["x"])).unwrap().first)
        .collect();
    assert_eq!(journal.at_time(0).unwrap(), positions[0]);
    assert_eq!(journal.at_time(50).unwrap(), positions[15]);
    assert_eq!(journal.at_time(51).unwrap(), positions[18]);
    assert_eq!(journal.at_time(91).unwrap(), journal.end().unwrap());
    assert_eq!(journal.at(positions[4]).unwrap().unwrap().next, positions[5]);
    assert!(journal.at(positions[4] + 1).unwrap().is_none());
    assert!(journal.at(journal.end().unwrap()).unwrap().is_none());
}

#[test]
fn old_segments_are_dropped_whole_and_reads_go_on_at_the_oldest_left() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::with_segments(dir.path().to_owned(), false, 40);
    for n in 0..10 {
        journal.append(&mut batch(n, &[&format!("record-{n}")])).unwrap();
    }
    journal.drop_older(5).unwrap();
    let left = all(&journal, 1 << 20);
    assert!(
        left.contains(&"record-5".to_owned()) && !left.contains(&"record-0".to_owned()),
        "{left:?}"
    );
    assert_eq!(left.last().unwrap(), "record-9");
    journal.drop_before(journal.end().unwrap()).unwrap();
    assert_eq!(journal.segments().unwrap(), 1);
}

#[test]
fn arrivals_never_go_back() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path().to_owned(), false);
    journal.append(&mut batch(100, &["a"])).unwrap();
    journal.append(&mut batch(50, &["b", "c"])).unwrap();
    drop(journal);
    let journal = Journal::new(dir.path().to_owned(), false);
    journal.append(&mut batch(60, &["d"])).unwrap();
    let arrivals: Vec<_> = journal.read(0, 1 << 20).unwrap().frames().map(|f| f.arrival).collect();
    assert_eq!(arrivals, [100, 100, 100, 100]);
}

#[test]
fn a_closed_log_refuses_records_and_keeps_those_it_has() {
    let dir = tempfile::tempdir().unwrap();
    let journal = Journal::new(dir.path().to_owned(), false);
    journal.append(&mut batch(1, &["a"])).unwrap();
    let end = journal.close().unwrap();
    assert!(matches!(
        journal.append(&mut batch(2, &["b"])),
        Err(AppendError::Closed)
    ));
    assert_eq!(journal.end().unwrap(), end);
    journal.reopen();
    assert_eq!(journal.append(&mut batch(2, &["b"])).unwrap().first, end);
}

#[test]
fn what_cannot_be_filled_leaves_the_batch_as_it_was() {
    let mut batch = batch(1, &["a"]);
    let before = batch.bytes().len();
    assert_eq!(batch.push(Meta::default(), 5, |_| Err("bad")), Err("bad"));
    assert_eq!((batch.bytes().len(), batch.starts().len()), (before, 1));
}
