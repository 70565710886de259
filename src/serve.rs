//! One thread a core, each with its own connections.
//!
//! Most requests are for tiles that are ready in memory: answering one takes microseconds, and handing it from thread to thread would
//! take as long again. So a connection stays with the thread that it was given to. What takes time (making a tile) is done elsewhere.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::thread::JoinHandle;

use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use axum::serve::Listener;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tower::{Service, ServiceExt};

use crate::access::guard::Peer;

/// Answers requests that come to the listener until `stop` resolves, then lets running ones end.
///
/// # Errors
/// The system has no thread for it.
pub async fn serve<S>(mut listener: TcpListener, service: S, stop: impl Future<Output = ()>) -> io::Result<()>
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let count = std::thread::available_parallelism().map_or(1, usize::from);
    let mut workers: Vec<(mpsc::UnboundedSender<std::net::TcpStream>, JoinHandle<()>)> = Vec::with_capacity(count);
    for number in 0..count {
        let (give, take) = mpsc::unbounded_channel();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let service = service.clone();
        let work = move || runtime.block_on(work(take, service));
        workers.push((give, std::thread::Builder::new().name(format!("serve-{number}")).spawn(work)?));
    }
    let mut stop = std::pin::pin!(stop);
    for next in (0..count).cycle() {
        let (stream, _) = tokio::select! {
            () = &mut stop => break,
            accepted = Listener::accept(&mut listener) => accepted,
        };
        // Answers are written whole: waiting to fill a packet would only delay them.
        let given = stream.set_nodelay(true).and_then(|()| stream.into_std());
        match given {
            Ok(stream) => drop(workers[next].0.send(stream)),
            // It was closed already.
            Err(error) => tracing::debug!(%error, "a connection is gone"),
        }
    }
    drop(listener);
    tokio::task::spawn_blocking(move || {
        for (give, thread) in workers {
            drop(give);
            if thread.join().is_err() {
                tracing::error!("a serving thread panicked");
            }
        }
    })
    .await
    .map_err(io::Error::other)
}

/// Serves the connections that it is given, and those to their end that it has when no more will come.
async fn work<S>(mut connections: mpsc::UnboundedReceiver<std::net::TcpStream>, service: S)
where
    S: Service<Request, Response = Response, Error = Infallible> + Clone + Send + 'static,
    S::Future: Send,
{
    let ending = GracefulShutdown::new();
    while let Some(stream) = connections.recv().await {
        let stream = match TcpStream::from_std(stream) {
            Ok(stream) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be taken");
                continue;
            }
        };
        let peer = stream.peer_addr().ok().map(|address| Peer(address.ip()));
        let service = TowerToHyperService::new(service.clone().map_request(move |request: hyper::Request<_>| {
            let mut request = request.map(Body::new);
            if let Some(peer) = peer {
                request.extensions_mut().insert(peer);
            }
            request
        }));
        let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
        let connection = ending.watch(connection);
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(%error, "a connection ended early");
            }
        });
    }
    ending.shutdown().await;
}
