// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/template_syntax.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

#include "base/status.h"
#include "cri/cli/template_functions.h"

namespace berth::cli {
namespace {

constexpr absl::string_view kOpen = "{{";
constexpr absl::string_view kClose = "}}";
constexpr int kMaxDepth = 64;  // of blocks and parentheses

absl::Status Invalid(absl::string_view action, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("--format: ", kOpen, action, kClose, " ", why));
}

bool IsNameByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// A template in pieces: text, and what is between {{ and }}.
struct Piece {
  bool is_action = false;
  std::string text;
};

// Where an action ends: its }} outside of quotes.
size_t EndOfAction(absl::string_view text) {
  char quote = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quote != 0) {
      if (text[i] == '\\' && quote == '"') {
        ++i;
      } else if (text[i] == quote) {
        quote = 0;
      }
    } else if (text[i] == '"' || text[i] == '`') {
      quote = text[i];
    } else if (absl::StartsWith(text.substr(i), kClose)) {
      return i;
    }
  }
  return absl::string_view::npos;
}

absl::StatusOr<std::vector<Piece>> Split(absl::string_view text) {
  std::vector<Piece> pieces;
  bool trims = false;  // what the last action says of the text behind it
  while (true) {
    const size_t open = text.find(kOpen);
    absl::string_view plain = text.substr(0, open);
    if (trims) {
      plain = absl::StripLeadingAsciiWhitespace(plain);
    }
    if (open == absl::string_view::npos) {
      pieces.push_back({false, std::string(plain)});
      return pieces;
    }
    absl::string_view rest = text.substr(open + kOpen.size());
    const size_t end = EndOfAction(rest);
    if (end == absl::string_view::npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("--format: nothing closes ", text.substr(open)));
    }
    absl::string_view action = rest.substr(0, end);
    if (absl::ConsumePrefix(&action, "- ")) {
      plain = absl::StripTrailingAsciiWhitespace(plain);
    }
    trims = absl::ConsumeSuffix(&action, " -");
    pieces.push_back({false, std::string(plain)});
    const absl::string_view words = absl::StripAsciiWhitespace(action);
    if (!absl::StartsWith(words, "/*")) {  // else a comment
      pieces.push_back({true, std::string(words)});
    }
    text = rest.substr(end + kClose.size());
  }
}

// The words of one action, read from the left.
class ActionReader {
 public:
  explicit ActionReader(absl::string_view action) : action_(action), rest_(action) {}

  bool at_end() {
    rest_ = absl::StripLeadingAsciiWhitespace(rest_);
    return rest_.empty();
  }

  // The word, when it is the next one.
  bool Take(absl::string_view word) {
    absl::string_view rest = absl::StripLeadingAsciiWhitespace(rest_);
    if (!absl::ConsumePrefix(&rest, word) ||
        (IsNameByte(word.back()) && !rest.empty() && IsNameByte(rest.front()))) {
      return false;
    }
    rest_ = rest;
    return true;
  }

  absl::StatusOr<TemplatePipeline> Pipeline(int depth) {
    if (depth > kMaxDepth) {
      return Fail("is too deep");
    }
    TemplatePipeline pipeline;
    Variables(pipeline);
    do {
      ASSIGN_OR_RETURN(pipeline.commands.emplace_back(), Command(depth));
    } while (Take("|"));
    return pipeline;
  }

  absl::Status Fail(absl::string_view why) const { return Invalid(action_, why); }

 private:
  std::string Name() {
    size_t size = 0;
    while (size < rest_.size() && IsNameByte(rest_[size])) {
      ++size;
    }
    std::string name(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return name;
  }

  // "$a :=" and "$a, $b :="; takes nothing where there is no such.
  void Variables(TemplatePipeline& pipeline) {
    const absl::string_view before = rest_;
    std::vector<std::string> names;
    do {
      if (!Take("$")) {
        break;
      }
      names.push_back(Name());
    } while (Take(","));
    if (!names.empty() && (Take(":=") || Take("="))) {
      pipeline.variables = std::move(names);
    } else {
      rest_ = before;
    }
  }

  absl::StatusOr<std::vector<TemplateOperand>> Command(int depth) {
    std::vector<TemplateOperand> operands;
    while (!at_end() && rest_.front() != '|' && rest_.front() != ')') {
      ASSIGN_OR_RETURN(operands.emplace_back(), Operand(depth));
    }
    if (operands.empty()) {
      return Fail("says nothing");
    }
    if (operands.size() > 1 && operands.front().kind != TemplateOperand::Kind::kFunction &&
        !IsLabelMethod(operands.front())) {
      return Fail("gives something to what is no function");
    }
    return operands;
  }

  absl::StatusOr<TemplateOperand> Operand(int depth) {
    TemplateOperand operand;
    const char first = rest_.front();
    if (first == '"' || first == '`') {
      ASSIGN_OR_RETURN(operand.literal, Text());
      operand.kind = TemplateOperand::Kind::kLiteral;
      return operand;
    }
    if (absl::ascii_isdigit(static_cast<unsigned char>(first)) || first == '-') {
      ASSIGN_OR_RETURN(operand.literal, Number());
      operand.kind = TemplateOperand::Kind::kLiteral;
      return operand;
    }
    if (Take("(")) {
      ASSIGN_OR_RETURN(TemplatePipeline inner, Pipeline(depth + 1));
      if (!Take(")")) {
        return Fail("lacks a )");
      }
      operand.kind = TemplateOperand::Kind::kPipeline;
      operand.inner = std::make_shared<const TemplatePipeline>(std::move(inner));
    } else if (Take("$")) {
      operand.kind = TemplateOperand::Kind::kVariable;
      operand.name = Name();
    } else if (first != '.') {
      return Word();
    }
    ASSIGN_OR_RETURN(operand.fields, Fields());
    return operand;
  }

  absl::StatusOr<TemplateOperand> Word() {
    const std::string name = Name();
    if (name == "true" || name == "false") {
      return TemplateOperand{.kind = TemplateOperand::Kind::kLiteral, .literal = name == "true"};
    }
    if (name == "nil") {
      return TemplateOperand{.kind = TemplateOperand::Kind::kLiteral};
    }
    if (!IsTemplateFunction(name)) {
      return Fail(name.empty() ? "is not understood"
                               : absl::StrCat("names no function that is there: ", name));
    }
    return TemplateOperand{.kind = TemplateOperand::Kind::kFunction, .name = name};
  }

  // ".A.B"; "." alone is none.
  absl::StatusOr<std::vector<std::string>> Fields() {
    std::vector<std::string> fields;
    while (!rest_.empty() && rest_.front() == '.') {
      rest_.remove_prefix(1);
      std::string name = Name();
      if (name.empty()) {
        break;
      }
      fields.push_back(std::move(name));
    }
    const bool ends = rest_.empty() || absl::StrContains(" \t\n|),", rest_.substr(0, 1));
    return ends ? absl::StatusOr<std::vector<std::string>>(std::move(fields))
                : Fail("names no field");
  }

  absl::StatusOr<Json> Text() {
    const char quote = rest_.front();
    size_t end = 1;
    while (end < rest_.size() && rest_[end] != quote) {
      end += quote == '"' && rest_[end] == '\\' ? 2 : 1;
    }
    if (end >= rest_.size()) {
      return Fail("has a text that does not end");
    }
    const std::string inside(rest_.substr(1, end - 1));
    rest_.remove_prefix(end + 1);
    std::string text;
    if (quote == '`') {
      return Json(inside);
    }
    return absl::CUnescape(inside, &text) ? absl::StatusOr<Json>(Json(text))
                                          : Fail("has a text that cannot be read");
  }

  absl::StatusOr<Json> Number() {
    const size_t end = rest_.find_first_of(" \t\n|)");
    const absl::string_view word = rest_.substr(0, end);
    rest_.remove_prefix(word.size());
    int64_t whole = 0;
    double number = 0;
    if (absl::SimpleAtoi(word, &whole)) {
      return Json(whole);
    }
    return absl::SimpleAtod(word, &number) ? absl::StatusOr<Json>(Json(number))
                                           : Fail("has a number that cannot be read");
  }

  const absl::string_view action_;
  absl::string_view rest_;
};

class Parser {
 public:
  explicit Parser(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}

  absl::StatusOr<std::vector<TemplateNode>> All() {
    std::vector<TemplateNode> nodes;
    ASSIGN_OR_RETURN(const std::string end, Block(nodes, 0));
    if (!end.empty()) {
      return Invalid(end, "closes nothing");
    }
    return nodes;
  }

 private:
  // Nodes up to an `end` or `else`, which is given back; to the end where there is none.
  absl::StatusOr<std::string> Block(std::vector<TemplateNode>& nodes, int depth) {
    while (next_ < pieces_.size()) {
      Piece& piece = pieces_[next_++];
      if (!piece.is_action) {
        nodes.push_back({.kind = TemplateNode::Kind::kText, .text = std::move(piece.text)});
        continue;
      }
      ActionReader reader(piece.text);
      if (reader.Take("end") || reader.Take("else")) {
        return piece.text;
      }
      ASSIGN_OR_RETURN(nodes.emplace_back(), Action(reader, depth));
    }
    return std::string();
  }

  absl::StatusOr<TemplateNode> Action(ActionReader& reader, int depth) {
    TemplateNode node;
    node.kind = reader.Take("if")      ? TemplateNode::Kind::kIf
                : reader.Take("range") ? TemplateNode::Kind::kRange
                : reader.Take("with")  ? TemplateNode::Kind::kWith
                                       : TemplateNode::Kind::kPrint;
    ASSIGN_OR_RETURN(node.pipeline, reader.Pipeline(depth));
    if (!reader.at_end()) {
      return reader.Fail("is not understood");
    }
    if (node.kind != TemplateNode::Kind::kPrint) {
      RETURN_IF_ERROR(Body(node, reader, depth + 1));
    }
    return node;
  }

  absl::Status Body(TemplateNode& node, const ActionReader& opening, int depth) {
    ASSIGN_OR_RETURN(std::string end, Block(node.body, depth));
    ActionReader reader(end);
    if (!reader.Take("else")) {
      return Close(end, opening);
    }
    if (reader.at_end()) {
      ASSIGN_OR_RETURN(end, Block(node.otherwise, depth));
      return Close(end, opening);
    }
    ASSIGN_OR_RETURN(TemplateNode next, Action(reader, depth + 1));  // which takes the `end`, too
    if (next.kind != TemplateNode::Kind::kIf && next.kind != TemplateNode::Kind::kWith) {
      return reader.Fail("is not understood");
    }
    node.otherwise.push_back(std::move(next));
    return absl::OkStatus();
  }

  static absl::Status Close(const std::string& end, const ActionReader& opening) {
    return ActionReader(end).Take("end") ? absl::OkStatus()
                                         : opening.Fail("is not closed by {{end}}");
  }

  std::vector<Piece> pieces_;
  size_t next_ = 0;
};

}  // namespace

bool IsLabelMethod(const TemplateOperand& operand) {
  return operand.kind == TemplateOperand::Kind::kDot && operand.fields.size() == 1 &&
         operand.fields.front() == "Label";
}

absl::StatusOr<std::vector<TemplateNode>> ParseTemplate(absl::string_view text) {
  const std::string unescaped = absl::StrReplaceAll(text, {{"\\t", "\t"}, {"\\n", "\n"}});
  ASSIGN_OR_RETURN(std::vector<Piece> pieces, Split(unescaped));
  return Parser(std::move(pieces)).All();
}

}  // namespace berth::cli
