//! A wire of some length before a service on this machine: every byte arrives half a round trip later.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::Instant;

/// How much is read at once.
const CHUNK: usize = 64 * 1024;

/// A wire. It is cut when this is dropped.
#[derive(Debug)]
pub struct SlowWire {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl SlowWire {
    /// A wire to a service, of so long a round trip.
    pub async fn to(service: SocketAddr, round_trip: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let one_way = round_trip / 2;
        let server = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                tokio::spawn(connect(near, service, one_way));
            }
        });
        Ok(Self { address, server })
    }

    /// Its near end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for SlowWire {
    fn drop(&mut self) {
        self.server.abort();
    }
}

async fn connect(near: TcpStream, service: SocketAddr, one_way: Duration) -> io::Result<()> {
    let far = TcpStream::connect(service).await?;
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    let ((near_out, near_in), (far_out, far_in)) = (near.into_split(), far.into_split());
    let (there, back) = (carry(near_out, far_in, one_way), carry(far_out, near_in, one_way));
    tokio::join!(there, back);
    Ok(())
}

/// Carries bytes one way; reading goes on while they travel.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, one_way: Duration) {
    let (sender, mut travelling) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let reads = async move {
        let mut buffer = vec![0; CHUNK];
        while let Ok(count) = from.read(&mut buffer).await {
            let arrives = Instant::now() + one_way;
            if count == 0 || sender.send((arrives, buffer[..count].to_vec())).is_err() {
                break;
            }
        }
    };
    let writes = async move {
        while let Some((arrives, bytes)) = travelling.recv().await {
            tokio::time::sleep_until(arrives).await;
            if to.write_all(&bytes).await.is_err() {
                break;
            }
        }
        // Whoever is gone already does not mind.
        let _ = to.shutdown().await;
    };
    tokio::join!(reads, writes);
}
