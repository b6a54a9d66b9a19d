// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

#include "cri/cli/exit_code.h"

namespace berth::cli {

struct Session;

// Returns the program's exit code, or why the verb failed.
using Action = std::function<absl::StatusOr<int>(const Session&)>;

// How an option or a word is given, where it is not as usual.
struct OptionForm {
  std::string type = {};  // what its value is, for people: "FILE"
  bool required = false;
  bool shows_default = false;
  std::vector<std::string> one_of = {};  // all that it takes; they are its type, too
  // What is wrong with a value; nothing when it is right.
  std::function<std::string(const std::string&)> check = {};
  std::string environment = {};  // the variable that has the value where it is not given
};

// For OptionForm::check: numbers from 0 on; from 1 on.
std::string IsNonNegative(const std::string& text);
std::string IsPositive(const std::string& text);

// A verb of `berth`, or the program itself: what it is for, its options, the words that follow
// them, the verbs below it, and what it does. Only declared here: command_line reads words by it,
// and --help, the manual and the shells' completion tell of it.
class Verb {
 public:
  struct Option {
    std::vector<std::string> spellings;  // "-f", "--file"; empty of a word
    std::string negation;                // the spelling that takes a flag back, if any
    std::string word;                    // "NAME", of a word
    std::string description;
    std::string type;
    std::string default_text;  // shown when not empty
    std::string environment;
    bool required = false;
    bool takes_many = false;
    bool* flag = nullptr;   // where it takes no value
    bool is_usual = false;  // takes none either, and changes nothing
    // Takes all that was given: what is wrong with it, or nothing.
    std::function<std::string(const std::vector<std::string>&)> set;
  };

  // The words behind the options, which are the caller's, also where they look like options.
  struct Words {
    std::vector<std::string>* all = nullptr;  // null: the verb takes none
    std::string usage;
    std::vector<std::string> needed;  // the first ones' names
  };

  explicit Verb(std::string name) : name_(std::move(name)) {}
  Verb(const Verb&) = delete;
  Verb& operator=(const Verb&) = delete;
  Verb(Verb&&) = delete;
  Verb& operator=(Verb&&) = delete;
  ~Verb() = default;

  void set_description(std::string description) { description_ = std::move(description); }
  void set_footer(std::string footer) { footer_ = std::move(footer); }
  void set_action(Action action) { action_ = std::move(action); }
  // The exit code of an action that fails, where it is not the usual one.
  void set_failure_code(int code) { failure_code_ = code; }

  Verb& AddVerb(std::string name);

  // `names` is "-f,--file", or "NAME" for a word in its place. The value is written when a command
  // line has it, and must live until then; of an option with several values, each is given by the
  // option once more.
  void Add(const std::string& names, std::string& value, std::string description,
           OptionForm form = {});
  void Add(const std::string& names, std::optional<std::string>& value, std::string description,
           OptionForm form = {});
  void Add(const std::string& names, int64_t& value, std::string description, OptionForm form = {});
  void Add(const std::string& names, std::optional<int64_t>& value, std::string description,
           OptionForm form = {});
  void Add(const std::string& names, std::vector<std::string>& values, std::string description,
           OptionForm form = {});
  // An option without a value; a name that begins with `!` takes it back.
  void AddFlag(const std::string& names, bool& value, std::string description);
  // One of docker's options that ask for what is so anyway: it is taken for the sake of scripts,
  // but not to be told otherwise (`--rm=false`).
  void AddUsual(const std::string& names, std::string description);

  // Makes the first word that is no option end the options: all from there on goes to `words`, as
  // many as there are names in `needed` at least. `usage` names them for --help.
  void TakeWords(std::vector<std::string>& words, std::string usage,
                 std::vector<std::string> needed);

  const std::string& name() const { return name_; }
  const std::string& description() const { return description_; }
  const std::string& footer() const { return footer_; }
  const Action& action() const { return action_; }
  int failure_code() const { return failure_code_; }
  const std::vector<Option>& options() const { return options_; }
  const Words& words() const { return words_; }
  const std::vector<std::unique_ptr<Verb>>& verbs() const { return verbs_; }
  // The one of that name below it; null when there is none.
  const Verb* Find(const std::string& name) const;
  const Verb& program() const { return parent_ == nullptr ? *this : parent_->program(); }

 private:
  using Setter = std::function<std::string(const std::string&)>;

  Option& AddOption(const std::string& names, std::string description, OptionForm form);
  void AddSingle(const std::string& names, std::string description, OptionForm form, Setter set,
                 std::string default_text);

  std::string name_;
  const Verb* parent_ = nullptr;
  std::string description_;
  std::string footer_;
  Action action_;
  int failure_code_ = kExitFailure;
  std::vector<Option> options_;
  Words words_;
  std::vector<std::unique_ptr<Verb>> verbs_;
};

}  // namespace berth::cli
