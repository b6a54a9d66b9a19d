// SPDX-License-Identifier: Apache-2.0
#include <memory>

#include "absl/strings/str_cat.h"

#include "base/status.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_run.h"
#include "cri/cli/id_file.h"
#include "cri/cli/output.h"
#include "cri/cli/run_flags.h"

namespace berth::cli {
namespace {

absl::StatusOr<int> RunCreate(const Session& session, const RunWords& said) {
  ASSIGN_OR_RETURN(const RunOptions options, ReadRunOptions(said));
  ASSIGN_OR_RETURN(IdFile id_file, IdFile::Make(options.id_file));
  ASSIGN_OR_RETURN(const std::string id, CreateByEngine(session, options, id_file));
  id_file.Keep();
  Print(absl::StrCat(id, "\n"));
  return 0;
}

}  // namespace

void DefineCreate(Verb& verb) {
  verb.set_description("Make a container of the Engine API, to be started later");
  auto said = std::make_shared<RunWords>();
  AddRunFlags(verb, *said);
  verb.set_action([said](const Session& session) { return RunCreate(session, *said); });
}

}  // namespace berth::cli
