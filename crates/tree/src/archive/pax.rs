//! PAX extended header records: `LENGTH KEYWORD=VALUE\n`, values being any bytes.

/// A keyword and its value.
type Record<'a> = (&'a [u8], &'a [u8]);

/// Splits the data of an `x` or `g` entry into its records.
///
/// # Errors
/// A record whose length is not a number, is wrong, or which has no `=`.
pub(super) fn records(mut data: &[u8]) -> Result<Vec<Record<'_>>, &'static str> {
    let mut records = Vec::new();
    while !data.is_empty() {
        let space = data.iter().position(|&byte| byte == b' ').ok_or("a record without a length")?;
        let len: usize = number(&data[..space]).ok_or("a record without a length")?;
        // The length counts itself, the space and the newline.
        if len <= space + 1 || len > data.len() || data[len - 1] != b'\n' {
            return Err("a record of the wrong length");
        }
        let record = &data[space + 1..len - 1];
        let equals = record.iter().position(|&byte| byte == b'=').ok_or("a record without `=`")?;
        records.push((&record[..equals], &record[equals + 1..]));
        data = &data[len..];
    }
    Ok(records)
}

/// Adds one record to `out`.
pub(super) fn push(out: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    // Space, equals sign and newline.
    let rest = key.len() + value.len() + 3;
    let mut len = rest + 1;
    while len.to_string().len() + rest != len {
        len = len.to_string().len() + rest;
    }
    out.extend_from_slice(len.to_string().as_bytes());
    out.push(b' ');
    out.extend_from_slice(key);
    out.push(b'=');
    out.extend_from_slice(value);
    out.push(b'\n');
}

/// A decimal number, digits only (with an optional minus sign where the type has one).
pub(super) fn number<T: std::str::FromStr>(text: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(text).ok()?;
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_may_hold_newlines_and_equals_signs() {
        let mut data = Vec::new();
        push(&mut data, b"SCHILY.xattr.security.capability", b"\x01\n=\0");
        push(&mut data, b"path", b"a");
        let expected: [Record<'_>; 2] =
            [(b"SCHILY.xattr.security.capability", b"\x01\n=\0"), (b"path", b"a")];
        assert_eq!(records(&data).unwrap(), expected);
    }

    #[test]
    fn a_records_length_counts_itself() {
        // 5 + 94 bytes need three digits only because of the digits themselves.
        for (value, len) in [(1, 8), (90, 98), (91, 99), (92, 101), (93, 102)] {
            let mut data = Vec::new();
            push(&mut data, b"key", &vec![b'x'; value]);
            assert_eq!(data.len(), len);
            assert_eq!(records(&data).unwrap()[0].1.len(), value);
        }
    }

    #[test]
    fn broken_records_are_refused() {
        for (data, reason) in [
            ("path=a\n", "a record without a length"),
            ("x path=a\n", "a record without a length"),
            ("+9 path=a\n", "a record without a length"),
            ("99 path=a\n", "a record of the wrong length"),
            ("2 path=a\n", "a record of the wrong length"),
            ("8 path=a\n", "a record of the wrong length"),
            ("8 patha\n", "a record without `=`"),
        ] {
            assert_eq!(records(data.as_bytes()), Err(reason), "{data:?}");
        }
    }
}
