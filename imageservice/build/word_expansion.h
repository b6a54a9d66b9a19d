// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

// The words of a Dockerfile: quotes, escapes, and variables in them (Dockerfile reference,
// "Environment replacement"). Pure.
namespace berth::imageservice {

inline constexpr size_t kMaxExpandedWord = 1 << 20;   // bytes of all values in it
inline constexpr int kMaxExpansionDepth = 32;         // of ${a:-${b:-…}}
inline constexpr size_t kMaxExpandedWords = 8 << 20;  // bytes of words that are kept together

// The value of a variable; nullopt when it is not set.
using Variables = absl::FunctionRef<std::optional<std::string>(absl::string_view name)>;

// `text` without its quotes and escapes, and with its variables' values: $name, ${name}, and name
// with :- - :+ + :? ? # ## % %% / //. What is not set is empty. `escape` is a backslash or a
// backquote. InvalidArgument, in Docker's words, for what has no end or no meaning, for a ? whose
// variable is not set, and for values of more than kMaxExpandedWord.
absl::StatusOr<std::string> ExpandWord(absl::string_view text, char escape, Variables variables);

// The same, split at the spaces that were not quoted, those of values too.
absl::StatusOr<std::vector<std::string>> ExpandWords(absl::string_view text, char escape,
                                                     Variables variables);

// Counts what words come to that are kept together: each may name a long value.
class ExpansionBudget {
 public:
  // The word; InvalidArgument when all have more than kMaxExpandedWords.
  absl::StatusOr<std::string> Take(absl::StatusOr<std::string> word);

 private:
  size_t bytes_ = 0;
};

}  // namespace berth::imageservice
