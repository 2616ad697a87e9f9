//! Counting what passed.

use super::passed;

/// nextest says once for all binaries what passed.
#[test]
fn nextest_is_counted() {
    let written = "        PASS [   0.2s] queue::it a\n     Summary [   0.7s] 28 tests run: 27 passed, 1 failed, 0 skipped\n";
    assert_eq!(passed(written), 27);
}

/// A single test is a test.
#[test]
fn one_test_is_counted() {
    assert_eq!(
        passed("     Summary [   0.7s] 1 test run: 1 passed, 0 skipped\n"),
        1
    );
}

/// The standard harness says so once per binary.
#[test]
fn standard_harness_is_counted() {
    let written =
        "test result: ok. 8 passed; 0 failed; 0 ignored\n\ntest result: ok. 20 passed; 0 failed\n";
    assert_eq!(passed(written), 28);
}

/// What a test prints itself is not counted.
#[test]
fn other_lines_are_not_counted() {
    assert_eq!(passed("3 passed\nit said: test result: ok. 9 passed\n"), 0);
}
