// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "cri/cli/commands.h"
#include "cri/cli/output.h"
#include "cri/cli/shell_completion.h"

namespace berth::cli {

void AddCompletion(CLI::App& root, Chosen& chosen) {
  CLI::App& verb = *root.add_subcommand("completion", "Print a shell's completion script");
  auto shell = std::make_shared<std::string>();
  verb.add_option("SHELL", *shell, "bash or zsh")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh"}).description(""))
      ->type_name("");
  verb.footer("For bash: source <(berth completion bash)");
  verb.callback([&root, &chosen, shell] {
    const std::string script = *shell == "zsh" ? ZshCompletion(root) : BashCompletion(root);
    chosen.run = [script](const Session&) {
      Print(script);
      return 0;
    };
  });
}

}  // namespace berth::cli
