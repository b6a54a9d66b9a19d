// SPDX-License-Identifier: Apache-2.0
#include "imageservice/build/stage_builder.h"

#include <map>
#include <optional>
#include <utility>
#include <variant>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"

#include "base/digest.h"
#include "base/short_id.h"
#include "base/status.h"
#include "imageservice/build/copy_step.h"
#include "imageservice/build/history_words.h"
#include "imageservice/build/layer_step.h"
#include "imageservice/build/metadata_step.h"
#include "imageservice/build/step_key.h"

namespace berth::imageservice {
namespace {

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E*SZ", time, absl::UTCTimeZone());
}

std::vector<std::string> HostWords(const std::map<std::string, std::string>& hosts) {
  std::vector<std::string> words;
  for (const auto& [name, address] : hosts) {
    words.push_back(absl::StrCat(name, ":", address));
  }
  return words;
}

}  // namespace

absl::Status StageBuilder::FailedAt(absl::Status status, int first_line, int last_line) const {
  status.SetPayload(kFailedLines, absl::Cord(absl::StrCat(first_line, "-", last_line)));
  status.SetPayload(kFailedStep, absl::Cord(absl::StrCat(around_.first_step + step_)));
  return status;
}

absl::StatusOr<StageState> StageBuilder::Build() {
  const absl::Cleanup leave = [this] { job_.runner.Leave(Place()); };
  RETURN_IF_ERROR(Begin());
  for (const Instruction& instruction : plan_.instructions) {
    RETURN_IF_ERROR(call_.Check());
    ++step_;
    around_.say(absl::StrCat("Step ", around_.first_step + step_, "/", around_.steps, " : ",
                             instruction.text, "\n"));
    budget_ = ExpansionBudget();
    if (const absl::Status done = Carry(instruction); !done.ok()) {
      return FailedAt(done, instruction.first_line, instruction.last_line);
    }
  }
  state_.scope = scope_;
  return std::move(state_);
}

absl::Status StageBuilder::Begin() {
  around_.say(
      absl::StrCat("Step ", around_.first_step, "/", around_.steps, " : ", plan_.text, "\n"));
  const std::string platform = plan_.platform.empty() ? job_.platform : plan_.platform;
  switch (plan_.base.kind) {
    case StageSource::Kind::kScratch:
      state_.draft = ImageDraft::Scratch(platform);
      around_.say(" ---> \n");
      break;
    case StageSource::Kind::kStage:
      state_ = around_.stage(plan_.base.stage);
      scope_ = *state_.scope;
      break;
    case StageSource::Kind::kImage: {
      absl::StatusOr<StageState> base = around_.image(plan_.base.image, platform);
      if (!base.ok()) {
        return FailedAt(base.status(), plan_.line, plan_.line);
      }
      state_ = *std::move(base);
      break;
    }
  }
  if (plan_.base.kind != StageSource::Kind::kScratch) {
    around_.say(
        absl::StrCat(" ---> ", ShortId(Digest::OfBytes(state_.draft.Format()).str()), "\n"));
  }
  state_.draft.BeginStage();
  lineage_ = Digest::OfBytes(state_.draft.Format()).str();
  if (plan_.triggers > 0) {
    around_.say(absl::StrCat("# Executing ", plan_.triggers,
                             plan_.triggers == 1 ? " build trigger\n" : " build triggers\n"));
  }
  return absl::OkStatus();
}

absl::Status StageBuilder::Carry(const Instruction& instruction) {
  return std::visit([this](const auto& what) { return Do(what); }, instruction.what);
}

template <typename Metadata>
absl::Status StageBuilder::Do(const Metadata& metadata) {
  ASSIGN_OR_RETURN(
      const std::string words,
      ApplyMetadata(
          metadata, [this](absl::string_view word) { return Expand(word); }, state_.draft));
  return NoteMetadata(words);
}

absl::StatusOr<std::string> StageBuilder::Expand(absl::string_view text) {
  RETURN_IF_ERROR(call_.Check());  // an instruction may have very many words
  return budget_.Take(ExpandWord(text, job_.file.escape, [this](absl::string_view name) {
    return scope_.Find(name, state_.draft);
  }));
}

absl::Status StageBuilder::ExpandAll(std::vector<std::string>& texts) {
  return imageservice::ExpandAll([this](absl::string_view word) { return Expand(word); }, texts);
}

std::string StageBuilder::Place() const {
  return absl::StrCat("build-", job_.id, "-", plan_.index);
}

std::string StageBuilder::RootKey(absl::string_view what) const {
  return absl::StrCat(Place(), "-", step_, what);
}

void StageBuilder::SayOutcome(absl::string_view key, bool was_cached) {
  around_.say(absl::StrCat(was_cached ? " ---> Using cache\n" : "", " ---> ", ShortId(key), "\n"));
}

std::string StageBuilder::CreatedNow() const {
  return TimeText(job_.epoch.has_value() ? absl::FromUnixSeconds(*job_.epoch) : absl::Now());
}

absl::Status StageBuilder::NoteMetadata(const std::string& words) {
  // Words alone do not tell ENV A=1 B=2 from ENV A="1 B=2".
  lineage_ = StepKey(lineage_, {plan_.instructions[step_ - 1].text, words});
  if (words.empty()) {
    around_.say(absl::StrCat(" ---> ", ShortId(lineage_), "\n"));
    return absl::OkStatus();
  }
  const std::string key = StepKey(state_.chain(), {"metadata", lineage_});
  std::optional<CachedStep> cached;
  if (!job_.request.no_cache) {
    ASSIGN_OR_RETURN(cached, job_.cache.Find(key, absl::Now()));
  }
  const bool was_cached = cached.has_value();
  if (!was_cached) {
    cached = CachedStep{CreatedNow(), {}};
    RETURN_IF_ERROR(job_.cache.Put(key, *cached, absl::Now()));
  }
  const std::string created =
      job_.epoch.has_value() ? TimeText(absl::FromUnixSeconds(*job_.epoch)) : cached->created;
  RETURN_IF_ERROR(state_.draft.AddHistory(words, created, false));
  SayOutcome(key, was_cached);
  return absl::OkStatus();
}

absl::Status StageBuilder::AddLayer(absl::string_view below, const std::vector<std::string>& reads,
                                    const std::string& words, MakeLayer make) {
  std::vector<std::string> all = reads;
  all.push_back(job_.epoch.has_value() ? absl::StrCat("epoch ", *job_.epoch) : "");
  const std::string key = StepKey(below, all);
  std::optional<CachedStep> cached;
  if (!job_.request.no_cache) {
    ASSIGN_OR_RETURN(cached, job_.cache.Find(key, absl::Now()));
  }
  absl::StatusOr<AuthoredLayer> layer = absl::NotFoundError("not cached");
  if (cached.has_value()) {
    layer = job_.author.Restack(call_, *cached->layer, state_.chain());
  }
  const bool was_cached = layer.ok();
  if (!was_cached) {
    ASSIGN_OR_RETURN(layer, make());
    cached = CachedStep{CreatedNow(), {}};
  }
  if (!was_cached || layer->chain_id != cached->layer->chain_id) {
    cached->layer = *layer;
    RETURN_IF_ERROR(job_.cache.Put(key, *cached, absl::Now()));
  }
  state_.layers.push_back(*cached->layer);
  RETURN_IF_ERROR(state_.draft.AddHistory(words, cached->created, true));
  lineage_ = StepKey(lineage_, {words});
  SayOutcome(key, was_cached);
  return absl::OkStatus();
}

absl::Status StageBuilder::Do(const ArgInstruction& arg) {
  RETURN_IF_ERROR(scope_.Declare(arg, job_.file.escape, state_.draft));
  std::vector<std::string> words;
  for (const ArgInstruction::Declaration& each : arg.declarations) {
    const std::optional<std::string> value = scope_.Find(each.name);
    words.push_back(value.has_value() ? absl::StrCat(each.name, "=", *value) : each.name);
  }
  return NoteMetadata(absl::StrCat("ARG ", absl::StrJoin(words, " ")));
}

absl::Status StageBuilder::Do(const FromInstruction& /*from*/) {
  return absl::InternalError("FROM within a stage");  // the parser begins a stage with it
}

absl::Status StageBuilder::Do(const WorkdirInstruction& workdir) {
  ASSIGN_OR_RETURN(const std::string path, Expand(workdir.path));
  const std::string full = state_.draft.SetWorkingDirectory(path);
  ASSIGN_OR_RETURN(const bool exists, DirectoryExists(job_, state_.chain(), RootKey("v"), full));
  if (exists) {
    return NoteMetadata(WorkdirWords(full));
  }
  const std::string user = state_.draft.user();
  return AddLayer(state_.chain(), {"WORKDIR", full, user}, WorkdirWords(full), [&] {
    return MakeDirectoryLayer(call_, job_, state_.chain(), RootKey(""), full, user);
  });
}

absl::StatusOr<CopyInstruction> StageBuilder::ExpandCopy(const CopyInstruction& copy) {
  CopyInstruction expanded = copy;
  RETURN_IF_ERROR(ExpandAll(expanded.sources));
  RETURN_IF_ERROR(ExpandAll(expanded.excludes));
  ASSIGN_OR_RETURN(expanded.destination, Expand(copy.destination));
  ASSIGN_OR_RETURN(expanded.chown, Expand(copy.chown));
  ASSIGN_OR_RETURN(expanded.chmod, Expand(copy.chmod));
  ASSIGN_OR_RETURN(expanded.checksum, Expand(copy.checksum));
  for (Heredoc& file : expanded.files) {
    file.content = HeredocText(file);
    if (file.expands) {
      ASSIGN_OR_RETURN(file.content, Expand(file.content));
    }
  }
  return expanded;
}

absl::StatusOr<std::string> StageBuilder::ChainOf(const std::string& from) const {
  if (absl::StrContains(from, "$")) {
    return absl::InvalidArgumentError(
        absl::StrCat("variable expansion is not supported for --from: ", from));
  }
  ASSIGN_OR_RETURN(const StageSource source, ResolveFrom(job_.file, plan_.index, from));
  switch (source.kind) {
    case StageSource::Kind::kScratch:
      return std::string();
    case StageSource::Kind::kStage:
      return around_.stage(source.stage).chain();
    default:
      break;
  }
  ASSIGN_OR_RETURN(const StageState image, around_.image(source.image, job_.platform));
  return image.chain();
}

absl::Status StageBuilder::Do(const CopyInstruction& copy) {
  ASSIGN_OR_RETURN(const CopyInstruction expanded, ExpandCopy(copy));
  CopyStep step(call_, job_, expanded, state_.draft.working_directory(), RootKey(""));
  std::optional<std::string> from;
  if (!expanded.from.empty()) {
    ASSIGN_OR_RETURN(from, ChainOf(expanded.from));
  }
  RETURN_IF_ERROR(step.FindWhatIsRead(from, state_.chain()));
  ASSIGN_OR_RETURN(const std::vector<std::string> reads, step.Reads());
  return AddLayer(expanded.link ? "" : state_.chain(), reads, CopyWords(expanded),
                  [&] { return step.Make(state_.chain()); });
}

absl::StatusOr<RunWork> StageBuilder::PrepareRun(const RunInstruction& run) {
  RunWork work;
  work.place = Place();
  const std::vector<std::string> shell = state_.draft.shell();
  work.command = ArgumentsOf(run.command, shell);
  if (!run.heredocs.empty()) {
    ReadScripts(run, shell, work);
  }
  work.environment = state_.draft.environment();
  work.working_directory = state_.draft.working_directory();
  work.user = state_.draft.user();
  work.network = run.network == "default" ? job_.request.network : run.network;
  work.insecure = run.security == "insecure";
  for (const std::string& text : run.mounts) {
    ASSIGN_OR_RETURN(RunMount mount,
                     ParseRunMount(text, [this](absl::string_view word) { return Expand(word); }));
    std::string chain;
    if (!mount.from.empty()) {
      ASSIGN_OR_RETURN(chain, ChainOf(mount.from));
    }
    work.mounts.push_back(std::move(mount));
    work.chains.push_back(std::move(chain));
  }
  return work;
}

absl::Status StageBuilder::Do(const RunInstruction& run) {
  ASSIGN_OR_RETURN(RunWork work, PrepareRun(run));
  if (work.insecure) {
    return absl::InvalidArgumentError("security.insecure is not allowed");
  }
  const std::vector<std::string> arguments = scope_.ForRun(state_.draft);
  ASSIGN_OR_RETURN(work.mount_digests, DigestMounts(call_, job_, work, RootKey("m")));
  const std::vector<std::string> reads = {"RUN",
                                          StepKey("command", work.command),
                                          StepKey("scripts", work.scripts),
                                          StepKey("environment", work.environment),
                                          StepKey("arguments", arguments),
                                          StepKey("mounts", work.mount_digests),
                                          work.working_directory,
                                          work.user,
                                          work.network,
                                          StepKey("hosts", HostWords(job_.request.hosts))};
  const std::string words = RunWords(arguments, work.command);
  const std::vector<std::string> proxies = scope_.ProxiesForRun(state_.draft);
  work.environment.insert(work.environment.end(), arguments.begin(), arguments.end());
  work.environment.insert(work.environment.end(), proxies.begin(), proxies.end());
  return AddLayer(state_.chain(), reads, words, [&]() -> absl::StatusOr<AuthoredLayer> {
    const std::string key = RootKey("");
    around_.say(absl::StrCat(" ---> Running in ", ShortId(StepKey(key, {})), "\n"));
    bool is_line_open = false;
    const Say hear = [&](absl::string_view output) {
      is_line_open = output.empty() ? is_line_open : output.back() != '\n';
      around_.say(output);
    };
    ASSIGN_OR_RETURN(AuthoredLayer layer, RunInLayer(call_, job_, state_.chain(), key, work, hear));
    // A line of its own, so that whoever reads by lines knows it however long the last one was.
    around_.say(absl::StrCat(is_line_open ? "\n" : "", " ---> Removed intermediate container ",
                             ShortId(StepKey(key, {})), "\n"));
    return layer;
  });
}

}  // namespace berth::imageservice
