//! A program as rules.

use super::lex::Token;

/// Something with a value.
#[derive(Clone, Debug)]
pub(super) enum Expression {
    Number(f64),
    Text(String),
    Regex(String),
    Variable(String),
    Field(Box<Expression>),
    Element(String, Vec<Expression>),
    In(Vec<Expression>, String),
    Not(Box<Expression>),
    Negative(Box<Expression>),
    Plus(Box<Expression>),
    /// Sign, left, right: arithmetic, comparison, `&&`, `||`, `~`, `!~`, and ` ` to join.
    Binary(&'static str, Box<Expression>, Box<Expression>),
    Choice(Box<Expression>, Box<Expression>, Box<Expression>),
    /// To what, the sign before the `=` if any, the value.
    Assign(Box<Expression>, &'static str, Box<Expression>),
    /// Change, and whether the new value counts.
    Step(Box<Expression>, f64, bool),
    Call(String, Vec<Expression>),
}

#[derive(Clone, Debug)]
pub(super) enum Statement {
    Expression(Expression),
    Print(Vec<Expression>, Option<Expression>),
    Printf(Vec<Expression>, Option<Expression>),
    If(Expression, Box<Statement>, Option<Box<Statement>>),
    While(Expression, Box<Statement>),
    Do(Box<Statement>, Expression),
    For(Option<Box<Statement>>, Option<Expression>, Option<Box<Statement>>, Box<Statement>),
    Each(String, String, Box<Statement>),
    Block(Vec<Statement>),
    Next,
    Exit(Option<Expression>),
    Break,
    Continue,
    Delete(String, Option<Vec<Expression>>),
}

#[derive(Clone, Debug)]
pub(super) enum Pattern {
    Begin,
    End,
    Always,
    When(Expression),
    Range(Expression, Expression),
}

/// A pattern and what to do.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) pattern: Pattern,
    pub(super) action: Statement,
}

const KEYWORDS: &[&str] = &[
    "BEGIN", "END", "break", "continue", "delete", "do", "else", "exit", "for", "function", "getline", "if",
    "in", "next", "nextfile", "print", "printf", "return", "while",
];

const FUNCTIONS: &[&str] =
    &["gsub", "index", "int", "length", "match", "split", "sprintf", "sub", "substr", "tolower", "toupper"];

pub(super) fn is_keyword(name: &str) -> bool {
    KEYWORDS.contains(&name)
}

struct Parser {
    tokens: Vec<Token>,
    at: usize,
    /// In what `print` prints, `>` is no comparison; in `for (`, `in` is no test.
    printing: bool,
    depth: usize,
}

type Parsed<T> = Result<T, String>;

pub(super) fn program(tokens: Vec<Token>) -> Parsed<Vec<Rule>> {
    let mut parser = Parser { tokens, at: 0, printing: false, depth: 0 };
    let mut rules = Vec::new();
    loop {
        parser.skip();
        if parser.peek().is_none() {
            return Ok(rules);
        }
        let pattern = if parser.name("BEGIN") {
            Pattern::Begin
        } else if parser.name("END") {
            Pattern::End
        } else if parser.is("{") {
            Pattern::Always
        } else {
            let first = parser.expression()?;
            if parser.sign(",") {
                parser.lines();
                Pattern::Range(first, parser.expression()?)
            } else {
                Pattern::When(first)
            }
        };
        let action = if parser.is("{") { parser.block()? } else { Statement::Print(Vec::new(), None) };
        rules.push(Rule { pattern, action });
    }
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn is(&self, sign: &str) -> bool {
        matches!(self.peek(), Some(Token::Sign(found)) if *found == sign)
    }

    fn sign(&mut self, sign: &str) -> bool {
        let found = self.is(sign);
        self.at += usize::from(found);
        found
    }

    fn name(&mut self, name: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Name(found)) if found == name);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, sign: &str) -> Parsed<()> {
        if self.sign(sign) { Ok(()) } else { Err(format!("no `{sign}` before {:?}", self.peek())) }
    }

    fn lines(&mut self) {
        while self.peek() == Some(&Token::NewLine) {
            self.at += 1;
        }
    }

    fn skip(&mut self) {
        while self.peek() == Some(&Token::NewLine) || self.is(";") {
            self.at += 1;
        }
    }

    fn block(&mut self) -> Parsed<Statement> {
        self.expect("{")?;
        let mut statements = Vec::new();
        loop {
            self.skip();
            if self.sign("}") {
                return Ok(Statement::Block(statements));
            }
            statements.push(self.statement()?);
        }
    }

    /// A statement behind `if (...)` and the like.
    fn body(&mut self) -> Parsed<Statement> {
        self.lines();
        if self.sign(";") { Ok(Statement::Block(Vec::new())) } else { self.statement() }
    }

    fn condition(&mut self) -> Parsed<Expression> {
        self.expect("(")?;
        let condition = self.expression()?;
        self.expect(")")?;
        Ok(condition)
    }

    fn statement(&mut self) -> Parsed<Statement> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("nested too deep".to_owned());
        }
        let statement = self.any_statement();
        self.depth -= 1;
        statement
    }

    fn any_statement(&mut self) -> Parsed<Statement> {
        if self.is("{") {
            return self.block();
        }
        if self.name("if") {
            let condition = self.condition()?;
            let then = self.body()?;
            let before = self.at;
            self.skip();
            if self.name("else") {
                return Ok(Statement::If(condition, Box::new(then), Some(Box::new(self.body()?))));
            }
            self.at = before;
            return Ok(Statement::If(condition, Box::new(then), None));
        }
        if self.name("while") {
            let condition = self.condition()?;
            return Ok(Statement::While(condition, Box::new(self.body()?)));
        }
        if self.name("do") {
            let body = self.body()?;
            self.skip();
            if !self.name("while") {
                return Err("do without while".to_owned());
            }
            let statement = Statement::Do(Box::new(body), self.condition()?);
            return self.ended(statement);
        }
        if self.name("for") {
            return self.for_loop();
        }
        let statement = self.simple()?;
        self.ended(statement)
    }

    fn ended(&mut self, statement: Statement) -> Parsed<Statement> {
        match self.peek() {
            None | Some(Token::NewLine) => Ok(statement),
            _ if self.is(";") || self.is("}") => Ok(statement),
            Some(token) => Err(format!("{token:?} behind a statement")),
        }
    }

    fn for_loop(&mut self) -> Parsed<Statement> {
        self.expect("(")?;
        if let [Token::Name(key), Token::Name(word), Token::Name(array), Token::Sign(")"), ..] =
            &self.tokens[self.at..]
            && word == "in"
        {
            let (key, array) = (key.clone(), array.clone());
            self.at += 4;
            return Ok(Statement::Each(key, array, Box::new(self.body()?)));
        }
        let first = if self.is(";") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(";")?;
        let condition = if self.is(";") { None } else { Some(self.expression()?) };
        self.expect(";")?;
        let last = if self.is(")") { None } else { Some(Box::new(self.simple()?)) };
        self.expect(")")?;
        Ok(Statement::For(first, condition, last, Box::new(self.body()?)))
    }

    fn simple(&mut self) -> Parsed<Statement> {
        let print = self.name("print");
        if print || self.name("printf") {
            let before = std::mem::replace(&mut self.printing, true);
            let list = self.printed();
            self.printing = before;
            let list = list?;
            if self.is(">>") || self.is("|") {
                return Err("a redirection".to_owned());
            }
            let to = if self.sign(">") { Some(self.primary()?) } else { None };
            return Ok(if print { Statement::Print(list, to) } else { Statement::Printf(list, to) });
        }
        if self.name("next") {
            return Ok(Statement::Next);
        }
        if self.name("break") {
            return Ok(Statement::Break);
        }
        if self.name("continue") {
            return Ok(Statement::Continue);
        }
        if self.name("exit") {
            let none = matches!(self.peek(), None | Some(Token::NewLine)) || self.is(";") || self.is("}");
            return Ok(Statement::Exit(if none { None } else { Some(self.expression()?) }));
        }
        if self.name("delete") {
            let Some(Token::Name(array)) = self.peek().cloned() else { return Err("delete".to_owned()) };
            self.at += 1;
            let key = if self.sign("[") { Some(self.list("]")?) } else { None };
            return Ok(Statement::Delete(array, key));
        }
        Ok(Statement::Expression(self.expression()?))
    }

    /// What is printed: a list, which may be in parentheses.
    fn printed(&mut self) -> Parsed<Vec<Expression>> {
        if matches!(self.peek(), None | Some(Token::NewLine)) || self.is(";") || self.is("}") || self.is(">")
        {
            return Ok(Vec::new());
        }
        let start = self.at;
        if self.sign("(") {
            let before = std::mem::replace(&mut self.printing, false);
            let list = self.list(")");
            self.printing = before;
            let over = matches!(self.peek(), None | Some(Token::NewLine))
                || self.is(";")
                || self.is("}")
                || self.is(">");
            if let Ok(list) = list
                && over
            {
                return Ok(list);
            }
            self.at = start;
        }
        let mut list = vec![self.expression()?];
        while self.sign(",") {
            self.lines();
            list.push(self.expression()?);
        }
        Ok(list)
    }

    /// Values up to a closing sign.
    fn list(&mut self, close: &str) -> Parsed<Vec<Expression>> {
        let mut list = Vec::new();
        if self.sign(close) {
            return Ok(list);
        }
        loop {
            self.lines();
            list.push(self.expression()?);
            self.lines();
            if self.sign(close) {
                return Ok(list);
            }
            self.expect(",")?;
        }
    }

    fn expression(&mut self) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > 100 {
            return Err("nested too deep".to_owned());
        }
        let expression = self.assignment();
        self.depth -= 1;
        expression
    }

    fn assignment(&mut self) -> Parsed<Expression> {
        let left = self.choice()?;
        for (sign, before) in
            [("=", ""), ("+=", "+"), ("-=", "-"), ("*=", "*"), ("/=", "/"), ("%=", "%"), ("^=", "^")]
        {
            if self.is(sign) {
                if !matches!(left, Expression::Variable(_) | Expression::Field(_) | Expression::Element(..)) {
                    return Err("an assignment to a value".to_owned());
                }
                self.at += 1;
                self.lines();
                return Ok(Expression::Assign(Box::new(left), before, Box::new(self.expression()?)));
            }
        }
        Ok(left)
    }

    fn choice(&mut self) -> Parsed<Expression> {
        let condition = self.binary(0)?;
        if !self.sign("?") {
            return Ok(condition);
        }
        self.lines();
        let then = self.expression()?;
        self.lines();
        self.expect(":")?;
        self.lines();
        Ok(Expression::Choice(Box::new(condition), Box::new(then), Box::new(self.expression()?)))
    }

    /// Signs with two sides, from the loosest.
    fn binary(&mut self, level: usize) -> Parsed<Expression> {
        const LEVELS: &[&[&str]] = &[
            &["||"],
            &["&&"],
            &["in"],
            &["~", "!~"],
            &["<", "<=", "==", "!=", ">=", ">"],
            &[" "],
            &["+", "-"],
            &["*", "/", "%"],
        ];
        let Some(signs) = LEVELS.get(level) else { return self.unary() };
        let mut left = self.binary(level + 1)?;
        loop {
            if level == 2 {
                if !self.name("in") {
                    return Ok(left);
                }
                let Some(Token::Name(array)) = self.peek().cloned() else { return Err("in what".to_owned()) };
                self.at += 1;
                left = Expression::In(vec![left], array);
                continue;
            }
            if level == 5 {
                if !self.joins() {
                    return Ok(left);
                }
                left = Expression::Binary(" ", Box::new(left), Box::new(self.binary(level + 1)?));
                continue;
            }
            let sign = signs.iter().find(|sign| self.is(sign) && !(self.printing && **sign == ">"));
            let Some(sign) = sign else { return Ok(left) };
            self.at += 1;
            if level < 2 {
                self.lines();
            }
            left = Expression::Binary(sign, Box::new(left), Box::new(self.binary(level + 1)?));
        }
    }

    /// Whether another value follows at once.
    fn joins(&self) -> bool {
        match self.peek() {
            Some(Token::Number(_) | Token::Text(_) | Token::Regex(_) | Token::Call(_)) => true,
            Some(Token::Name(name)) => !is_keyword(name),
            Some(Token::Sign(sign)) => matches!(*sign, "$" | "!" | "(" | "-" | "+" | "++" | "--"),
            _ => false,
        }
    }

    fn unary(&mut self) -> Parsed<Expression> {
        if self.sign("!") {
            return Ok(Expression::Not(Box::new(self.unary()?)));
        }
        if self.sign("-") {
            return Ok(Expression::Negative(Box::new(self.unary()?)));
        }
        if self.sign("+") {
            return Ok(Expression::Plus(Box::new(self.unary()?)));
        }
        let base = self.primary()?;
        if self.sign("^") {
            return Ok(Expression::Binary("^", Box::new(base), Box::new(self.unary()?)));
        }
        Ok(base)
    }

    fn primary(&mut self) -> Parsed<Expression> {
        for (sign, change) in [("++", 1.0), ("--", -1.0)] {
            if self.sign(sign) {
                return Ok(Expression::Step(Box::new(self.primary()?), change, true));
            }
        }
        let token = self.peek().cloned().ok_or("an end inside an expression")?;
        self.at += 1;
        let value = match token {
            Token::Number(number) => return Ok(Expression::Number(number)),
            Token::Text(text) => return Ok(Expression::Text(text)),
            Token::Regex(text) => return Ok(Expression::Regex(text)),
            Token::Sign("(") => {
                let before = std::mem::replace(&mut self.printing, false);
                let mut list = self.list(")")?;
                self.printing = before;
                if list.len() == 1 {
                    // A value in parentheses is no place to assign to, nor a bare name.
                    return Ok(Expression::Choice(
                        Box::new(Expression::Number(1.0)),
                        Box::new(list.remove(0)),
                        Box::new(Expression::Number(0.0)),
                    ));
                }
                if list.is_empty() || !self.name("in") {
                    return Err("a list in parentheses".to_owned());
                }
                let Some(Token::Name(array)) = self.peek().cloned() else { return Err("in what".to_owned()) };
                self.at += 1;
                return Ok(Expression::In(list, array));
            }
            Token::Sign("$") => Expression::Field(Box::new(self.primary_of_field()?)),
            Token::Call(name) => {
                if !FUNCTIONS.contains(&name.as_str()) {
                    return Err(format!("function `{name}`"));
                }
                self.expect("(")?;
                let before = std::mem::replace(&mut self.printing, false);
                let list = self.list(")")?;
                self.printing = before;
                return Ok(Expression::Call(name, list));
            }
            Token::Name(name) if name == "length" => return Ok(Expression::Call(name, Vec::new())),
            Token::Name(name) if is_keyword(&name) || FUNCTIONS.contains(&name.as_str()) => {
                return Err(format!("`{name}` here"));
            }
            Token::Name(name) => {
                if self.sign("[") {
                    Expression::Element(name, self.list("]")?)
                } else {
                    Expression::Variable(name)
                }
            }
            token => return Err(format!("{token:?} here")),
        };
        for (sign, change) in [("++", 1.0), ("--", -1.0)] {
            if self.sign(sign) {
                return Ok(Expression::Step(Box::new(value), change, false));
            }
        }
        Ok(value)
    }

    /// What stands behind a `$`: it binds closer than `++`.
    fn primary_of_field(&mut self) -> Parsed<Expression> {
        if self.sign("-") {
            return Ok(Expression::Negative(Box::new(self.primary_of_field()?)));
        }
        match self.peek().cloned() {
            Some(Token::Name(name)) if !is_keyword(&name) => {
                self.at += 1;
                Ok(if self.sign("[") {
                    Expression::Element(name, self.list("]")?)
                } else {
                    Expression::Variable(name)
                })
            }
            _ => self.primary(),
        }
    }
}
