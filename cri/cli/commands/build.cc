// SPDX-License-Identifier: Apache-2.0
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory_size.h"
#include "base/path.h"
#include "base/replace_file.h"
#include "base/status.h"
#include "base/sys/fd.h"
#include "base/sys/file.h"
#include "cri/cli/build_context.h"
#include "cri/cli/build_credentials.h"
#include "cri/cli/build_output.h"
#include "cri/cli/build_progress.h"
#include "cri/cli/build_secrets.h"
#include "cri/cli/commands.h"
#include "cri/cli/engine_calls.h"
#include "cri/cli/engine_syntax.h"
#include "cri/cli/output.h"
#include "cri/cli/packed_files.h"
#include "cri/cli/run_flags.h"
#include "cri/cli/screen_on.h"
#include "imageservice/build/build_limits.h"
#include "imageservice/build/remote_source.h"

namespace berth::cli {
namespace {

constexpr size_t kBeginning = 512;  // tells what it is
constexpr size_t kPiece = 256 << 10;
constexpr char kDockerfileOfStdin[] = "the Dockerfile of standard input";

struct BuildOptions {
  std::string context;
  std::string dockerfile;
  std::vector<std::string> names, arguments, labels, hosts, secrets, agents, caches;
  std::string target, network, platform, output, id_file, progress;
  RunOptions limits;
  bool no_cache = false;
  bool pull = false;
  bool quiet = false;
};

// {"A":"1"} of A=1; A alone has the environment's value, or none.
std::string AsMap(const std::vector<std::string>& pairs, bool of_environment) {
  berth::Json map = berth::Json::object();
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    const std::string name = pair.substr(0, equals);
    if (equals != std::string::npos) {
      map[name] = pair.substr(equals + 1);
    } else if (const char* value = of_environment ? getenv(name.c_str()) : ""; value != nullptr) {
      map[name] = value;
    }
  }
  return map.empty() ? "" : FormatJson(map);
}

using Query = std::vector<std::pair<std::string, std::string>>;
using Pieces = std::function<absl::StatusOr<std::string>()>;

Pieces PiecesOf(PackedFiles::Fill fill) {
  return [files = std::make_shared<PackedFiles>(std::move(fill))] { return files->Next(); };
}

// Less than `size` at its end.
absl::StatusOr<std::string> ReadStdin(size_t size) {
  std::string piece(size, '\0');
  ASSIGN_OR_RETURN(const size_t length,
                   ToStatusOr(sys::ReadFull(STDIN_FILENO, piece), "read standard input"));
  piece.resize(length);
  return piece;
}

// An archive goes as it comes; a Dockerfile becomes all of a context.
absl::StatusOr<Pieces> StdinPieces() {
  if (isatty(STDIN_FILENO) != 0) {
    return absl::FailedPreconditionError("a terminal is no build context: redirect a file");
  }
  ASSIGN_OR_RETURN(std::string beginning, ReadStdin(kBeginning));
  if (LooksLikeArchive(beginning)) {
    return [beginning = std::move(beginning)]() mutable -> absl::StatusOr<std::string> {
      return beginning.empty() ? ReadStdin(kPiece) : std::exchange(beginning, "");
    };
  }
  const absl::StatusOr<std::string> rest =
      ReadDescriptor(STDIN_FILENO, imageservice::kMaxDockerfile - beginning.size());
  RETURN_IF_ERROR(Annotate(rest.status(), kDockerfileOfStdin));
  return PiecesOf([text = beginning + *rest](imageservice::TarWriter& writer) {
    return PackText(kDockerfile, text, writer);
  });
}

absl::StatusOr<Pieces> ContextPieces(const BuildOptions& options,
                                     const DockerfilePlace& dockerfile) {
  if (options.context == "-") {
    return StdinPieces();
  }
  return PiecesOf([path = options.context, dockerfile](imageservice::TarWriter& writer) {
    return PackContext(path, dockerfile, writer);
  });
}

absl::StatusOr<DockerfilePlace> PlaceOfDockerfile(const BuildOptions& options) {
  if (options.dockerfile != "-") {
    return FindDockerfile(options.context, options.dockerfile);
  }
  if (options.context == "-") {
    return absl::InvalidArgumentError("can't use stdin for both build context and dockerfile");
  }
  if (isatty(STDIN_FILENO) != 0) {
    return absl::FailedPreconditionError("a terminal is no Dockerfile: redirect a file");
  }
  absl::StatusOr<std::string> text = ReadDescriptor(STDIN_FILENO, imageservice::kMaxDockerfile);
  RETURN_IF_ERROR(Annotate(text.status(), kDockerfileOfStdin));
  return AddedDockerfile(*std::move(text));
}

// Where the images may be named that are pulled, as far as it is known here.
std::string TextOf(const BuildOptions& options, const DockerfilePlace& dockerfile) {
  std::string text = dockerfile.text.value_or("");
  if (!dockerfile.text.has_value() && !imageservice::IsRemote(options.context) &&
      options.context != "-") {
    // The daemon says what is wrong with it.
    text = ReadRegularFile(JoinPath(options.context, dockerfile.name), imageservice::kMaxDockerfile,
                           LastLink::kFollowed)
               .value_or("");
  }
  return absl::StrCat(text, AsMap(options.arguments, true));
}

absl::Status AddLimits(const BuildOptions& options, Query& query) {
  const EngineOptions& engine = options.limits.engine;
  const std::pair<const char*, const std::string&> sizes[] = {{"memory", options.limits.memory},
                                                              {"memswap", engine.memory_swap},
                                                              {"shmsize", engine.shm_size}};
  for (const auto& [name, text] : sizes) {
    if (text == "-1") {  // without a limit
      query.emplace_back(name, text);
    } else if (!text.empty()) {
      ASSIGN_OR_RETURN(const int64_t bytes, ParseMemorySize(text));
      query.emplace_back(name, absl::StrCat(bytes));
    }
  }
  const std::pair<const char*, const std::optional<int64_t>&> numbers[] = {
      {"cpushares", engine.cpu_shares},
      {"cpuperiod", engine.cpu_period},
      {"cpuquota", engine.cpu_quota}};
  for (const auto& [name, number] : numbers) {
    query.emplace_back(name, number.has_value() ? absl::StrCat(*number) : "");
  }
  query.emplace_back("cpusetcpus", engine.cpuset_cpus);
  query.emplace_back("cpusetmems", engine.cpuset_mems);
  berth::Json ulimits = berth::Json::array();
  for (const std::string& text : engine.ulimits) {
    ASSIGN_OR_RETURN(berth::Json ulimit, ParseUlimit(text));
    ulimits.push_back(std::move(ulimit));
  }
  query.emplace_back("ulimits", ulimits.empty() ? "" : FormatJson(ulimits));
  return absl::OkStatus();
}

absl::StatusOr<EngineCall> BuildCall(const BuildOptions& options,
                                     const DockerfilePlace& dockerfile) {
  Query query = {{"dockerfile", dockerfile.name},
                 {"remote", imageservice::IsRemote(options.context) ? options.context : ""},
                 {"target", options.target},
                 {"buildargs", AsMap(options.arguments, true)},
                 {"labels", AsMap(options.labels, false)},
                 {"extrahosts", absl::StrJoin(options.hosts, ",")},
                 {"networkmode", options.network},
                 {"platform", options.platform},
                 {"nocache", options.no_cache ? "1" : ""},
                 {"pull", options.pull ? "1" : ""},
                 {"cachefrom", options.caches.empty() ? "" : FormatJson(options.caches)},
                 {"rm", "1"}};
  for (const std::string& name : options.names) {
    query.emplace_back("t", name);
  }
  RETURN_IF_ERROR(AddLimits(options, query));
  EngineCall call;
  call.method = "POST";
  call.target = EngineTarget({"/build"}, query);
  call.content_type = "application/x-tar";
  return call;
}

// An archive goes where a Dockerfile has to go with the directory, and to a daemon that no
// descriptor reaches, as its socket is passed on by somebody.
absl::Status SendBuild(const EngineClient& engine, const BuildOptions& options,
                       const DockerfilePlace& dockerfile, EngineCall call, ProgressDisplay& display,
                       std::FILE* out) {
  const bool is_remote = imageservice::IsRemote(options.context);
  if (!is_remote && options.context != "-" && !dockerfile.text.has_value()) {
    EngineCall local = call;
    ASSIGN_OR_RETURN(const sys::Fd directory, OfferContext(options.context, local));
    const absl::Status built = ShowProgress(engine, local, display, out);
    if (!absl::IsUnimplemented(built) || !display.status().ok()) {
      return built;
    }
  }
  if (!is_remote) {
    ASSIGN_OR_RETURN(call.next_piece, ContextPieces(options, dockerfile));
  } else if (dockerfile.text.has_value()) {
    OfferDockerfile(*dockerfile.text, call);
  }
  return ShowProgress(engine, call, display, out);
}

// Then nothing else does.
bool GoesToStdout(const std::optional<BuildOutput>& output) {
  return output.has_value() && output->type != BuildOutput::Type::kImage &&
         output->destination.empty();
}

struct BuildView {
  BuildProgress progress = BuildProgress::kNone;
  std::FILE* out = nullptr;

  ProgressDisplay NewDisplay() const {
    using Style = ProgressDisplay::Style;
    return ProgressDisplay(progress == BuildProgress::kScreen  ? Style::kSteps
                           : progress == BuildProgress::kPlain ? Style::kLines
                                                               : Style::kPlain,
                           SteadyNow());
  }
};
absl::StatusOr<BuildView> ViewOf(const BuildOptions& options,
                                 const std::optional<BuildOutput>& output) {
  std::FILE* const out = GoesToStdout(output) ? stderr : stdout;
  const char* usual = getenv("BUILDKIT_PROGRESS");
  const bool is_usual = options.progress.empty() && !options.quiet && usual != nullptr;
  ASSIGN_OR_RETURN(const BuildProgress progress,
                   ChooseBuildProgress(is_usual ? usual : options.progress, options.quiet,
                                       ScreenOn(out).has_value()));
  return BuildView{progress, progress == BuildProgress::kNone ? nullptr : out};
}

absl::StatusOr<int> RunBuild(const Session& session, const BuildOptions& options) {
  std::optional<BuildOutput> output;
  if (!options.output.empty()) {
    ASSIGN_OR_RETURN(output, ParseBuildOutput(options.output));
  }
  ASSIGN_OR_RETURN(const BuildView view, ViewOf(options, output));
  ASSIGN_OR_RETURN(const EngineClient engine, session.Engine());
  ASSIGN_OR_RETURN(const DockerfilePlace dockerfile, PlaceOfDockerfile(options));
  ASSIGN_OR_RETURN(EngineCall call, BuildCall(options, dockerfile));
  ASSIGN_OR_RETURN(const std::string secrets, BuildSecretsHeader(options.secrets, options.agents));
  if (!secrets.empty()) {
    call.headers.emplace_back("X-Berth-Build", secrets);
  }
  if (view.progress != BuildProgress::kNone) {
    call.headers.emplace_back("X-Berth-Progress", "stages");
  }
  AddCredentials(call, TextOf(options, dockerfile));
  ProgressDisplay display = view.NewDisplay();
  const absl::Status built =
      SendBuild(engine, options, dockerfile, std::move(call), display, view.out);
  if (!built.ok() && display.error_code() != 0) {
    PrintError(built);
    return static_cast<int>(display.error_code());  // of the command that failed
  }
  RETURN_IF_ERROR(built);
  const berth::Json& id = display.Result("ID");
  if (!id.is_string()) {
    return absl::InternalError("the daemon has not said what it has built");
  }
  if (!options.id_file.empty()) {
    RETURN_IF_ERROR(ReplaceFile(options.id_file, [&](int fd) {
      const std::string text = id.get<std::string>();
      return ToStatus(sys::WriteAll(fd, text.data(), text.size()), "write --iidfile");
    }));
  }
  if (output.has_value()) {
    RETURN_IF_ERROR(WriteBuildOutput(engine, id.get<std::string>(), *output));
  }
  if (view.progress == BuildProgress::kNone && !GoesToStdout(output)) {
    Print(absl::StrCat(id.get<std::string>(), "\n"));
  }
  return 0;
}

void AddWhatIsBuilt(Verb& verb, BuildOptions& options) {
  verb.Add("PATH", options.context, "the directory to build from, or its address; - for stdin",
           {.required = true});
  verb.Add("-f,--file", options.dockerfile, "PATH/Dockerfile when not said; - for stdin",
           {.type = "FILE"});
  verb.Add("-t,--tag", options.names, "a name for the image", {.type = "NAME"});
  verb.Add("-o,--output", options.output, "write the image or its files here too",
           {.type = "DIRECTORY|-|type=TYPE,dest=PATH"});
  verb.Add("--target", options.target, "the stage to build; the last when not said",
           {.type = "STAGE"});
  verb.Add("--build-arg", options.arguments, "for an ARG", {.type = "NAME[=VALUE]"});
  verb.Add("--label", options.labels, "for the image", {.type = "KEY=VALUE"});
  verb.Add("--iidfile", options.id_file, "gets the image's id", {.type = "FILE"});
}

void AddHowItIsBuilt(Verb& verb, BuildOptions& options) {
  verb.AddFlag("--no-cache", options.no_cache, "run each step");
  verb.AddFlag("--pull", options.pull, "ask the registry for newer images of FROM");
  verb.AddFlag("-q,--quiet", options.quiet, "only the image's id");
  verb.Add("--network", options.network, "of RUN", {.type = "default|none|host"});
  verb.Add("--add-host", options.hosts, "for /etc/hosts of RUN", {.type = "NAME:IP"});
  verb.Add("--platform", options.platform, "os/architecture, if not the daemon's",
           {.type = "PLATFORM"});
  verb.Add("--secret", options.secrets, "for RUN --mount=type=secret",
           {.type = "id=ID[,src=FILE|,env=VARIABLE]"});
  verb.Add("--ssh", options.agents, "for RUN --mount=type=ssh", {.type = "ID[=SOCKET]"});
  AddBuildLimitFlags(verb, options.limits);
  verb.Add("--shm-size", options.limits.engine.shm_size, "of /dev/shm of RUN", {.type = "SIZE"});
  verb.Add("--ulimit", options.limits.engine.ulimits, "of RUN, for example nofile=1024:2048",
           {.type = "NAME=SOFT[:HARD]"});
  verb.Add("--progress", options.progress,
           "on a terminal steps that change, elsewhere lines (plain); quiet as -q",
           {.type = "auto|plain|quiet|tty"});
  verb.Add("--cache-from", options.caches, "steps are cached by what they read: no image is asked",
           {.type = "IMAGE"});
  verb.AddUsual("--rm", "nothing of a step is left behind");
  verb.AddUsual("--force-rm", "nor of one that failed");
  verb.AddUsual("--compress", "what is sent goes to this node only");
  verb.AddUsual("--disable-content-trust", "no signatures of Notary are looked at");
}

}  // namespace

void DefineBuild(Verb& verb) {
  verb.set_description("Make an image from a Dockerfile");
  auto options = std::make_shared<BuildOptions>();
  AddWhatIsBuilt(verb, *options);
  AddHowItIsBuilt(verb, *options);
  verb.set_action([options](const Session& session) { return RunBuild(session, *options); });
}

}  // namespace berth::cli
