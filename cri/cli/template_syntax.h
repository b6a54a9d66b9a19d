// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

#include "cri/cli/output.h"

// The language of Go's text/template, as far as docker's users write it after --format.
namespace berth::cli {

struct TemplatePipeline;

struct TemplateOperand {
  enum class Kind { kLiteral, kDot, kVariable, kFunction, kPipeline };
  Kind kind = Kind::kDot;
  Json literal = nullptr;
  std::string name = {};                 // of a variable or function
  std::vector<std::string> fields = {};  // read from it, one after the other
  std::shared_ptr<const TemplatePipeline> inner = nullptr;
};

// `$key, $value := command | command`; a command is an operand, or a function with what it takes.
struct TemplatePipeline {
  std::vector<std::string> variables = {};
  std::vector<std::vector<TemplateOperand>> commands = {};
};

struct TemplateNode {
  enum class Kind { kText, kPrint, kIf, kRange, kWith };
  Kind kind = Kind::kText;
  std::string text = {};
  TemplatePipeline pipeline = {};
  std::vector<TemplateNode> body = {};
  std::vector<TemplateNode> otherwise = {};
};

// `.Label`, which takes a name, as in {{.Label "x"}}.
bool IsLabelMethod(const TemplateOperand& operand);

// Text; {{pipeline}}; if, else if, else, range, with, end; comments; {{- and -}}. \t and \n are a
// tab and a new line. InvalidArgument, with the words, for what is none of these. Pure.
absl::StatusOr<std::vector<TemplateNode>> ParseTemplate(absl::string_view text);

}  // namespace berth::cli
