//! Parses text into a syntax tree. The parser is recursive, so nesting is limited beforehand.

use ruff_python_ast::Expr;
use ruff_python_ast::token::TokenKind;
use ruff_python_parser::lexer::lex;
use ruff_python_parser::{Mode, ParseError, parse_expression};

use crate::limits;
use crate::place::Outcome;
use podbay_text::diagnostic::{Code, Diagnostic};
use podbay_text::shown::beginning;

/// The syntax tree of `text`.
pub(super) fn parse(text: &str) -> Outcome<Expr> {
    let text = text.trim_start_matches([' ', '\t']);
    check_size(text)?;
    match parse_expression(text) {
        Ok(parsed) => Ok(*parsed.into_syntax().body),
        Err(error) => Err(refused(text, &error)),
    }
}

fn refused(text: &str, error: &ParseError) -> Diagnostic {
    let rest = text
        .get(error.location.start().to_usize()..)
        .unwrap_or_default()
        .trim();
    let place = match rest.is_empty() {
        true => "at the end".to_owned(),
        false => format!("before '{}'", beginning(rest, 30)),
    };
    if let Some(word) = statement(text) {
        let what = format!("'{word}' is a statement, not an expression");
        return Code::UnsupportedPython.says(what).help(match word {
            "import" | "from" => "the module math is available: $(eval 'math.pi' math)",
            _ => "use an expression, such as A if CONDITION else B",
        });
    }
    let help = match () {
        () if rest.starts_with('=') && !rest.starts_with("==") => "compare with ==",
        () if text.contains("&&") => "use `and`",
        () if text.contains("||") => "use `or`",
        () => "",
    };
    let what = format!("invalid Python expression: {} {place}", error.error);
    Code::ExpressionSyntax.says(what).help(help)
}

/// The keyword of a statement that `text` begins with.
fn statement(text: &str) -> Option<&'static str> {
    const STATEMENTS: &[&str] = &[
        "assert", "class", "def", "del", "for", "from", "global", "if", "import", "pass", "raise", "return",
        "try", "while", "with",
    ];
    let word = text
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .next()?;
    STATEMENTS.iter().find(|known| **known == word).copied()
}

/// How to shorten an expression.
const APART: &str = "split it with <let>";

/// Refuses expressions with too many tokens, or that could nest too deeply.
fn check_size(text: &str) -> Outcome<()> {
    let mut lexer = lex(text, Mode::Expression);
    let (mut words, mut depth, mut operators) = (0, 0_usize, 0);
    let mut before = TokenKind::Newline;
    loop {
        let kind = lexer.next_token();
        match kind {
            TokenKind::EndOfFile => return Ok(()),
            TokenKind::Unknown => break,
            _ if opens(kind) => {
                depth += 1;
                operators += usize::from(before == TokenKind::Name || closes(before));
            }
            _ if closes(kind) => depth = depth.saturating_sub(1),
            _ if operates(kind) => operators += 1,
            _ => {}
        }
        before = kind;
        words += 1;
        if words > limits::WORDS {
            return Err(Code::ExpressionTooLarge
                .says(format!(
                    "the expression exceeds the limit of {} words",
                    limits::WORDS
                ))
                .help(APART));
        }
        if depth > limits::NESTING {
            return Err(Code::ExpressionTooLarge
                .says(format!(
                    "the expression is nested deeper than {} levels",
                    limits::NESTING
                ))
                .help(APART));
        }
        if operators > limits::OPERATORS {
            return Err(Code::ExpressionTooLarge
                .says(format!(
                    "the expression exceeds the limit of {} operators",
                    limits::OPERATORS
                ))
                .help(APART));
        }
    }
    let error = lexer.finish().into_iter().next();
    let what = error.map_or_else(|| "unknown token".to_owned(), |error| error.to_string());
    Err(Code::ExpressionSyntax.says(format!("invalid Python expression: {what}")))
}

fn opens(kind: TokenKind) -> bool {
    use TokenKind as T;
    matches!(
        kind,
        T::Lpar | T::Lsqb | T::Lbrace | T::FStringStart | T::TStringStart
    )
}

fn closes(kind: TokenKind) -> bool {
    use TokenKind as T;
    matches!(
        kind,
        T::Rpar | T::Rsqb | T::Rbrace | T::FStringEnd | T::TStringEnd
    )
}

/// Whether `kind` may nest an expression without a bracket.
fn operates(kind: TokenKind) -> bool {
    use TokenKind as T;
    kind.is_operator() && !matches!(kind, T::Comma | T::Colon)
        || kind.is_keyword() && !matches!(kind, T::True | T::False | T::None)
        || matches!(kind, T::Dot)
}
