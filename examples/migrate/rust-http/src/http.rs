//! As much of HTTP as counting needs.

use std::io::{self, BufRead, Read};

/// Bytes of a request's head that are read at most.
const MAX_HEAD: u64 = 16_384;

/// The path of a GET request; none when it is not one.
pub fn read_path(input: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut head = input.take(MAX_HEAD);
    let mut request_line = String::new();
    head.read_line(&mut request_line)?;
    let mut line = String::new();
    while head.read_line(&mut line)? > 2 {
        line.clear();
    }
    let mut words = request_line.split_ascii_whitespace();
    Ok(match (words.next(), words.next()) {
        (Some("GET"), Some(target)) => target.split('?').next().map(str::to_string),
        _ => None,
    })
}

/// A whole response with a JSON body.
pub fn answer(status: u16, body: &str) -> String {
    let reason = if status == 200 { "OK" } else { "Bad Request" };
    format!(
        "HTTP/1.1 {status} {reason}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

/// A JSON string.
pub fn quote(text: &str) -> String {
    let mut quoted = String::from("\"");
    for each in text.chars() {
        match each {
            '"' | '\\' => quoted.extend(['\\', each]),
            _ if each < ' ' => quoted.push_str(&format!("\\u{:04x}", each as u32)),
            _ => quoted.push(each),
        }
    }
    quoted.push('"');
    quoted
}
