//! Tables for people: columns as wide as their longest cell.

/// The table as text, header first; the last column is not padded.
pub(crate) fn table(header: &[&str], rows: &[Vec<String>]) -> String {
    let header: Vec<String> = header.iter().map(|name| (*name).to_owned()).collect();
    let lines: Vec<&Vec<String>> = std::iter::once(&header).chain(rows).collect();
    let widths: Vec<usize> = (0..header.len())
        .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
        .collect();
    let mut text = String::new();
    for line in lines {
        let cells = line.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text += cells.collect::<Vec<_>>().join("  ").trim_end();
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_line_up_and_lines_end_bare() {
        let rows = [vec!["long name".to_owned(), "x".to_owned()], vec!["a".to_owned(), String::new()]];
        assert_eq!(super::table(&["NAME", "WHAT"], &rows), "NAME       WHAT\nlong name  x\na\n");
    }
}
