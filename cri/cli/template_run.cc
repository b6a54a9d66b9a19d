// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/template_run.h"

#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/template_functions.h"

namespace berth::cli {
namespace {

using Variables = std::map<std::string, Json>;

class Runner {
 public:
  Runner(const std::map<std::string, std::string>* labels, bool on_headers)
      : labels_(labels), on_headers_(on_headers) {}

  // What lacks a field, by the names of the fields.
  enum class Missing { kIsAnError, kIsNothing };

  absl::Status Run(const std::vector<TemplateNode>& nodes, const Json& dot, Variables variables) {
    for (const TemplateNode& node : nodes) {
      RETURN_IF_ERROR(RunNode(node, dot, variables));
    }
    return absl::OkStatus();
  }

  std::string text() && { return std::move(text_); }

 private:
  absl::Status RunNode(const TemplateNode& node, const Json& dot, Variables& variables) {
    if (node.kind == TemplateNode::Kind::kText) {
      text_ += node.text;
      return absl::OkStatus();
    }
    const bool prints = node.kind == TemplateNode::Kind::kPrint;
    const bool ranges = node.kind == TemplateNode::Kind::kRange;
    ASSIGN_OR_RETURN(const Json value,
                     Value(node.pipeline, dot, variables,
                           prints || ranges ? Missing::kIsAnError : Missing::kIsNothing));
    if (prints) {
      for (const std::string& name : node.pipeline.variables) {
        variables[name] = value;
      }
      text_ += node.pipeline.variables.empty() ? TemplateText(value) : "";
      return absl::OkStatus();
    }
    if (!IsTrue(value)) {
      return Run(node.otherwise, dot, variables);
    }
    return ranges ? Range(node, value, variables) : Branch(node, value, dot, variables);
  }

  absl::Status Branch(const TemplateNode& node, const Json& value, const Json& dot,
                      Variables variables) {
    for (const std::string& name : node.pipeline.variables) {
      variables[name] = value;
    }
    return Run(node.body, node.kind == TemplateNode::Kind::kWith ? value : dot, variables);
  }

  absl::Status Range(const TemplateNode& node, const Json& value, const Variables& variables) {
    if (!value.is_structured()) {
      return absl::InvalidArgumentError(
          absl::StrCat("--format: range over what is no list: ", TemplateText(value)));
    }
    if (value.is_array()) {
      for (size_t i = 0; i < value.size(); ++i) {
        RETURN_IF_ERROR(Turn(node, Json(i), value[i], variables));
      }
      return absl::OkStatus();
    }
    std::map<std::string, const Json*> members;  // in the order of their names, as Go's
    for (const auto& [key, member] : value.items()) {
      members[key] = &member;
    }
    for (const auto& [key, member] : members) {
      RETURN_IF_ERROR(Turn(node, Json(key), *member, variables));
    }
    return absl::OkStatus();
  }

  absl::Status Turn(const TemplateNode& node, const Json& key, const Json& value,
                    Variables variables) {
    const std::vector<std::string>& names = node.pipeline.variables;
    if (!names.empty()) {
      variables[names.back()] = value;
    }
    if (names.size() > 1) {
      variables[names.front()] = key;
    }
    return Run(node.body, value, variables);
  }

  absl::StatusOr<Json> Value(const TemplatePipeline& pipeline, const Json& dot,
                             const Variables& variables, Missing missing) {
    std::vector<Json> piped;  // what the last command gives to the next
    for (const std::vector<TemplateOperand>& command : pipeline.commands) {
      std::vector<Json> arguments;
      for (auto operand = command.begin() + 1; operand != command.end(); ++operand) {
        ASSIGN_OR_RETURN(arguments.emplace_back(), Operand(*operand, dot, variables, missing));
      }
      std::move(piped.begin(), piped.end(), std::back_inserter(arguments));
      const TemplateOperand& first = command.front();
      piped.clear();
      if (first.kind == TemplateOperand::Kind::kFunction) {
        ASSIGN_OR_RETURN(piped.emplace_back(), Call(first.name, arguments));
      } else if (IsLabelMethod(first) && arguments.size() == 1) {
        ASSIGN_OR_RETURN(piped.emplace_back(), Label(TemplateText(arguments[0])));
      } else if (!arguments.empty()) {
        return absl::InvalidArgumentError("--format: a value is given to what is no function");
      } else {
        ASSIGN_OR_RETURN(piped.emplace_back(), Operand(first, dot, variables, missing));
      }
    }
    return std::move(piped.front());
  }

  absl::StatusOr<Json> Call(const std::string& name, const std::vector<Json>& arguments) const {
    return on_headers_ && !arguments.empty() && KeepsHeaders(name)
               ? absl::StatusOr<Json>(arguments[0])
               : CallTemplateFunction(name, arguments);
  }

  absl::StatusOr<Json> Label(const std::string& name) const {
    if (on_headers_) {
      return Json(name);
    }
    if (labels_ == nullptr) {
      return absl::InvalidArgumentError("--format: there is no .Label here");
    }
    const auto found = labels_->find(name);
    return Json(found == labels_->end() ? "" : found->second);
  }

  absl::StatusOr<Json> Operand(const TemplateOperand& operand, const Json& dot,
                               const Variables& variables, Missing missing) {
    switch (operand.kind) {
      case TemplateOperand::Kind::kLiteral:
        return Json(operand.literal);
      case TemplateOperand::Kind::kDot:
        return Fields(dot, operand.fields, missing);
      case TemplateOperand::Kind::kFunction:
        return Call(operand.name, {});
      case TemplateOperand::Kind::kPipeline: {
        ASSIGN_OR_RETURN(const Json value, Value(*operand.inner, dot, variables, missing));
        return Fields(value, operand.fields, missing);
      }
      case TemplateOperand::Kind::kVariable: {
        const auto found = variables.find(operand.name);
        if (found == variables.end()) {
          return absl::InvalidArgumentError(
              absl::StrCat("--format: there is no variable $", operand.name));
        }
        return Fields(found->second, operand.fields, missing);
      }
    }
    return Json(nullptr);
  }

  static absl::StatusOr<Json> Fields(const Json& value, const std::vector<std::string>& fields,
                                     Missing missing) {
    const Json* field = &value;
    for (const std::string& name : fields) {
      if (!field->is_object() || !field->contains(name)) {
        return missing == Missing::kIsNothing ? absl::StatusOr<Json>(Json(nullptr))
                                              : absl::InvalidArgumentError(absl::StrCat(
                                                    "--format: there is no field .", name));
      }
      field = &(*field)[name];
    }
    return Json(*field);
  }

  const std::map<std::string, std::string>* const labels_;
  const bool on_headers_;
  std::string text_;
};

}  // namespace

absl::StatusOr<std::string> RunTemplate(const std::vector<TemplateNode>& nodes, const Json& value,
                                        const std::map<std::string, std::string>* labels) {
  Runner runner(labels, /*on_headers=*/false);
  RETURN_IF_ERROR(runner.Run(nodes, value, {{"", value}}));
  return std::move(runner).text();
}

absl::StatusOr<std::string> RunTemplateOnHeaders(const std::vector<TemplateNode>& nodes,
                                                 const Json& headers) {
  Runner runner(nullptr, /*on_headers=*/true);
  RETURN_IF_ERROR(runner.Run(nodes, headers, {{"", headers}}));
  return std::move(runner).text();
}

}  // namespace berth::cli
