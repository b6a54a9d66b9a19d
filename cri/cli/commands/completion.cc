// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cri/cli/commands.h"
#include "cri/cli/output.h"
#include "cri/cli/shell_completion.h"

namespace berth::cli {

void DefineCompletion(Verb& verb) {
  verb.set_description("Print a shell's completion script");
  auto shell = std::make_shared<std::string>();
  verb.Add("SHELL", *shell, "bash or zsh", {.required = true, .one_of = {"bash", "zsh"}});
  verb.set_footer("For bash: source <(berth completion bash)");
  verb.set_action([&verb, shell](const Session&) {
    Print(*shell == "zsh" ? ZshCompletion(verb.program()) : BashCompletion(verb.program()));
    return 0;
  });
}

}  // namespace berth::cli
