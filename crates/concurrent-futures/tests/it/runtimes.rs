//! Futures awaited on async runtimes: tokio's, smol's, and the executor of `futures`.

use std::future::{Future as StdFuture, IntoFuture};
use std::pin::Pin;

use pythreads_concurrent_futures::{Exception, ThreadPoolExecutor, promise};
use test_support::{checked_spawn, watchdog};

/// Awaits a value, a failure, a chain, a shared future and a promise, one after the other and beside each other.
async fn awaits(executor: &ThreadPoolExecutor) -> Result<u32, Exception> {
    let value = executor.submit(|| 1).await?;
    let failed = executor.submit_fallible(|| Err::<u32, _>("no")).await;
    assert!(failed.unwrap_err().is_error());
    let chained = executor.submit(|| 4).map(|n| n * 5).await?;
    let shared = executor.submit(|| 300).shared();
    let (one, other) = (shared.clone().into_future(), shared.into_future());
    let shared = *other.await.result()? + *one.await.result()? / 3;
    let (promise, answer) = promise();
    let giver = checked_spawn(move || promise.set_result(4_000).unwrap());
    let answer = answer.await?;
    giver.join();
    Ok(value + chained + shared + answer)
}

type Awaited = Pin<Box<dyn StdFuture<Output = Result<u32, Exception>>>>;

/// A runtime of each kind runs `awaits`, alone in its thread: the pool wakes it.
fn check(block_on: impl FnOnce(Awaited) -> Result<u32, Exception>) {
    let _watchdog = watchdog();
    let awaited = Box::pin(async {
        let executor = ThreadPoolExecutor::new(2);
        awaits(&executor).await
    });
    assert_eq!(block_on(awaited).unwrap(), 4_421);
}

/// A runtime of tokio awaits them.
#[test]
fn f19_awaited_on_tokio() {
    check(|future| {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        runtime.unwrap().block_on(future)
    });
}

/// smol's executor awaits them.
#[test]
fn f19_awaited_on_smol() {
    check(smol::block_on);
}

/// The executor of `futures` awaits them.
#[test]
fn f19_awaited_on_futures() {
    check(futures_executor::block_on);
}
