//! A proxy for the API server that forwards every write, but answers the first attempt with 504, like a
//! load balancer after its timeout.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

const TIMEOUT: &[u8] = b"HTTP/1.1 504 Gateway Timeout\r\nContent-Type: text/html\r\nContent-Length: 30\r\n\
                         Connection: close\r\n\r\n<h1>504 Gateway Time-out</h1>\r\n";

pub(crate) struct Lossy {
    pub(crate) address: SocketAddr,
    lost: Arc<Mutex<BTreeSet<String>>>,
    kubectl: Child,
}

impl Lossy {
    /// For the API server in `KUBECONFIG`, with its credentials: `kubectl proxy` serves plain HTTP.
    pub(crate) fn start() -> Self {
        let mut kubectl = Command::new("kubectl")
            .args(["proxy", "--port=0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut said = BufReader::new(kubectl.stdout.take().unwrap());
        said.read_line(&mut line).unwrap();
        let server: SocketAddr = line.trim().rsplit(' ').next().unwrap().parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (address, lost) = (listener.local_addr().unwrap(), Arc::default());
        let all = Arc::clone(&lost);
        std::thread::spawn(move || {
            for client in listener.incoming().map(Result::unwrap) {
                let lost = Arc::clone(&all);
                std::thread::spawn(move || carry(client, server, &lost));
            }
        });
        Self {
            address,
            lost,
            kubectl,
        }
    }

    /// Methods and paths of the writes whose replies were lost.
    pub(crate) fn lost(&self) -> Vec<String> {
        let lost = self.lost.lock().unwrap();
        lost.iter()
            .map(|request| request.lines().next().unwrap().to_owned())
            .collect()
    }
}

impl Drop for Lossy {
    fn drop(&mut self) {
        let _ = self.kubectl.kill();
        let _ = self.kubectl.wait();
    }
}

/// One request of a connection, and its reply. Either side may close the connection.
fn carry(client: TcpStream, server: SocketAddr, lost: &Mutex<BTreeSet<String>>) -> Option<()> {
    let mut reader = BufReader::new(client.try_clone().ok()?);
    let (mut head, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let lower = line.to_ascii_lowercase();
        if let Some(bytes) = lower.strip_prefix("content-length:") {
            length = bytes.trim().parse().ok()?;
        }
        match line.trim() {
            "" => break,
            _ if lower.starts_with("connection:") => {}
            _ => head += &line,
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut upstream = TcpStream::connect(server).ok()?;
    write!(upstream, "{head}Connection: close\r\n\r\n").ok()?;
    upstream.write_all(&body).ok()?;
    reply(client, upstream, loses(&head, &body, lost))
}

/// Whether this is the first attempt of this write.
fn loses(head: &str, body: &[u8], lost: &Mutex<BTreeSet<String>>) -> bool {
    let first = head.lines().next().unwrap_or_default();
    let writes = ["POST ", "PATCH ", "DELETE "]
        .iter()
        .any(|verb| first.starts_with(verb));
    let request = format!("{first}\n{}", String::from_utf8_lossy(body));
    writes && !first.contains("dryRun") && lost.lock().unwrap().insert(request)
}

fn reply(mut client: TcpStream, mut upstream: TcpStream, lost: bool) -> Option<()> {
    if lost {
        // It was executed once the whole reply has arrived.
        std::io::copy(&mut upstream, &mut std::io::sink()).ok()?;
        client.write_all(TIMEOUT).ok()?;
    } else {
        std::io::copy(&mut upstream, &mut client).ok()?;
    }
    client.shutdown(Shutdown::Both).ok()
}
