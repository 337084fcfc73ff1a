//! Ctrl-C: the first asks running work to finish and starts nothing new, the second leaves at once.

use tokio_util::sync::CancellationToken;

use super::output::Output;

/// A token that the first Ctrl-C (or SIGTERM) cancels.
pub(super) fn token(output: &Output) -> CancellationToken {
    let token = CancellationToken::new();
    let (cancel, output) = (token.clone(), output.clone());
    tokio::spawn(async move {
        signal().await;
        output.interjection("interrupted: finishing what is under way; once more to leave at once");
        cancel.cancel();
        signal().await;
        std::process::exit(130);
    });
    token
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}
