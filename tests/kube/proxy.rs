//! A connection to the API server that can be cut or silenced, while others can still reach the server.

use std::net::SocketAddr;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Wire {
    /// Everything is forwarded.
    Whole,
    /// All connections break, including new ones.
    Cut,
    /// Connections stay open but carry nothing, as after a power failure at the other end.
    Silent,
}

pub(crate) struct Proxy {
    pub(crate) address: SocketAddr,
    wire: watch::Sender<Wire>,
}

impl Proxy {
    /// A proxy to `server`, a loopback address.
    pub(crate) async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (wire, state) = watch::channel(Wire::Whole);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(carry(client, server.clone(), state.clone()));
            }
        });
        Self { address, wire }
    }

    pub(crate) fn set(&self, wire: Wire) {
        self.wire.send_replace(wire);
    }
}

async fn carry(mut client: TcpStream, server: String, mut state: watch::Receiver<Wire>) {
    let start = *state.borrow_and_update();
    if start == Wire::Whole {
        let mut server = TcpStream::connect(server).await.unwrap();
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut client, &mut server) => return,
            _ = state.wait_for(|wire| *wire != Wire::Whole) => {}
        }
        if *state.borrow() == Wire::Silent {
            // such a connection never recovers; only new ones work again
            std::future::pending::<()>().await;
        }
    } else if start == Wire::Silent {
        std::future::pending::<()>().await;
    }
}
