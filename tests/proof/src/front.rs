//! The one address that the process of a function knows: Lambda's Runtime API, and every service that it calls.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use testkit::lambda::{Invoker, RuntimeApi};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use crate::network::{Network, locked};
use crate::process::{Lost, Process};

/// An address. It closes when this is dropped.
#[derive(Debug)]
pub(crate) struct Front {
    address: SocketAddr,
    current: Current,
    idle: Arc<Notify>,
    server: JoinHandle<()>,
}

/// Whose calls these are: the invocation that the process works on.
type Current = Arc<Mutex<Option<Process>>>;

impl Front {
    /// Opens one on a free port of this machine.
    pub(crate) async fn open(network: &Network) -> Result<(Self, Invoker), String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.map_err(|e| e.to_string())?;
        let address = listener.local_addr().map_err(|e| e.to_string())?;
        let (api, invoker) = RuntimeApi::new();
        let current = Current::default();
        let idle = Arc::new(Notify::new());
        let server = tokio::spawn(serve(listener, (api, network.clone()), current.clone(), idle.clone()));
        Ok((Self { address, current, idle, server }, invoker))
    }

    /// Host and port.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on calls are those of this invocation.
    pub(crate) fn works_on(&self, process: &Process) {
        *locked(&self.current) = Some(process.clone());
    }

    /// The services close every connection that is idle, as they do while a process waits for its next event.
    pub(crate) fn closes_idle(&self) {
        self.idle.notify_waiters();
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn serve(listener: TcpListener, api: (RuntimeApi, Network), current: Current, idle: Arc<Notify>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(converse(stream, api.clone(), current.clone(), idle.clone()));
    }
}

/// Answers what comes over one connection. A call that is lost breaks it off.
async fn converse(stream: TcpStream, (api, network): (RuntimeApi, Network), current: Current, idle: Arc<Notify>) {
    // An answer is two small writes: they are not to wait for each other.
    let _ = stream.set_nodelay(true);
    let of_runtime = AtomicBool::new(false);
    let service = service_fn(|request| answered((&api, &network), &current, &of_runtime, request));
    let mut connection = pin!(http1::Builder::new().serve_connection(TokioIo::new(stream), service));
    loop {
        tokio::select! {
            _ = connection.as_mut() => break,
            () = idle.notified() => {
                // Over that one it waits for its next event.
                if !of_runtime.load(Ordering::Relaxed) {
                    connection.as_mut().graceful_shutdown();
                }
            }
        }
    }
}

async fn answered(
    (api, network): (&RuntimeApi, &Network),
    current: &Current,
    of_runtime: &AtomicBool,
    request: Request<Incoming>,
) -> Result<Response<Full<Bytes>>, Lost> {
    let (head, body) = request.into_parts();
    let (method, path) = (head.method, head.uri.path().to_owned());
    let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
    let process = locked(current).clone();
    of_runtime.store(RuntimeApi::has(&path), Ordering::Relaxed);
    if RuntimeApi::has(&path) {
        if let Some(process) = process.filter(|_| RuntimeApi::is_answer(&path)) {
            process.answers().await;
        }
        let body = String::from_utf8_lossy(&body).into_owned();
        if path.ends_with("/error") {
            network.hears_failure(body.clone());
        }
        return Ok(api.answer(&method, &path, body).await.map(|body| Full::new(Bytes::from(body))));
    }
    let target = head.headers.get("x-amz-target").and_then(|target| target.to_str().ok()).map(str::to_owned);
    let target = target.unwrap_or_else(|| format!("{method} {path}"));
    let reply = process.ok_or(Lost)?.converse(&target, &body).await?;
    let mut response = Response::builder().status(reply.status).header("content-type", "application/x-amz-json-1.0");
    if let Some(code) = reply.code {
        response = response.header("x-amzn-errortype", code);
    }
    response.body(Full::new(Bytes::from(reply.body))).map_err(|_| Lost)
}
