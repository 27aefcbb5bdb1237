//! Answers how often each path was asked for.

mod http;

use std::collections::BTreeMap;
use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, io, thread};

type Counts = Arc<Mutex<BTreeMap<String, u64>>>;

/// Distinct paths that are counted at most.
const MAX_PATHS: usize = 1_000;

fn main() -> io::Result<()> {
    let port = env::var("PORT").unwrap_or_else(|_| "3030".to_string());
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))?;
    let counts = Counts::default();
    println!("app listens on {port}");
    for stream in listener.incoming() {
        let (stream, counts) = (stream?, Arc::clone(&counts));
        thread::spawn(move || {
            if let Err(error) = serve(stream, &counts) {
                eprintln!("{error}");
            }
        });
    }
    Ok(())
}

fn serve(mut stream: TcpStream, counts: &Counts) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let answer = match http::read_path(&mut BufReader::new(&stream))? {
        None => http::answer(400, r#"{"error":"bad request"}"#),
        Some(path) if path == "/health" => http::answer(200, r#"{"status":"ok"}"#),
        Some(path) => http::answer(200, &count(path, counts)),
    };
    stream.write_all(answer.as_bytes())
}

fn count(path: String, counts: &Counts) -> String {
    let mut counts = counts.lock().expect("no thread panics with the lock");
    if counts.len() < MAX_PATHS || counts.contains_key(&path) {
        *counts.entry(path).or_default() += 1;
    }
    let entries: Vec<String> = counts.iter().map(|(path, count)| format!("{}:{count}", http::quote(path))).collect();
    format!(r#"{{"paths":{{{}}}}}"#, entries.join(","))
}
