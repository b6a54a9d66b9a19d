// SPDX-License-Identifier: Apache-2.0
#include "cri/streaming/remote_command.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/sys/file.h"
#include "boost/asio/post.hpp"
#include "cri/streaming/command_status.h"
#include "cri/streaming/descriptor_reader.h"
#include "cri/streaming/descriptor_writer.h"
#include "cri/streaming/terminal_sizes.h"

namespace berth::cri {
namespace {

using runtime::ProcessSession;
using ProcessOrStatus = absl::StatusOr<std::unique_ptr<ProcessSession>>;

// How a session comes by its process; called on a thread that may block.
using Starter = std::function<ProcessOrStatus(const Call&)>;

constexpr absl::Duration kStartTimeout = absl::Seconds(30);
// How long output may pause after the exit before it is given up: what was left in the background
// may hold the pipe for ever. And how long it may go on in all.
constexpr std::chrono::seconds kDrainTime{2};
constexpr std::chrono::minutes kMaxDrainTime{5};

// Whose streams they are.
struct Subject {
  std::string pod_id;
  std::string container_id;
  runtime::StreamChoice streams;
  bool is_attach = false;
  bool has_terminal = false;
};

class RemoteCommand final : public Session,
                            public std::enable_shared_from_this<RemoteCommand>,
                            private CommandClient::Listener {
 public:
  RemoteCommand(const StreamingContext& context, Subject subject, Starter starter,
                std::unique_ptr<CommandClient> client)
      : context_(context),
        subject_(std::move(subject)),
        starter_(std::move(starter)),
        client_(std::move(client)),
        input_(std::make_shared<DescriptorWriter>(context.loop, [this] { ResumeWhenRoom(); })),
        output_(std::make_shared<DescriptorReader>(context.loop)),
        error_(std::make_shared<DescriptorReader>(context.loop)),
        events_(context.loop),
        drain_timer_(context.loop) {}

  ~RemoteCommand() override {
    *gone_ = true;
    Release();
  }

  void Start(std::function<void()> on_done) override {
    on_done_ = std::move(on_done);
    client_->Start(*this);
  }

 private:
  // CommandClient::Listener
  void OnReady() override {
    context_.starters.Schedule(
        subject_.pod_id, [weak = weak_from_this(), &loop = context_.loop, gone = gone_,
                          starter = std::move(starter_)]() mutable {
          const Call call(SteadyNow() + kStartTimeout, [gone] { return gone->load(); });
          ProcessOrStatus process = absl::CancelledError("the client has left");
          if (!call.cancelled()) {
            process = starter(call);
          }
          asio::post(loop, [weak, process = std::move(process)]() mutable {
            if (const std::shared_ptr<RemoteCommand> self = weak.lock(); self != nullptr) {
              self->OnStarted(std::move(process));
            }
          });
        });
  }

  void OnData(Channel channel, absl::string_view bytes) override {
    if (channel == Channel::kResize) {
      if (const std::optional<TerminalSize> size = sizes_.Receive(bytes); size.has_value()) {
        size_ = size;
        Resize();
      }
    } else if (channel == Channel::kInput && !input_ended_) {
      input_->Push(bytes);
      if (input_->full()) {
        client_->Pause();
      }
    }
  }

  // A terminal has no end of input but the one that is typed.
  void OnEnd(Channel channel) override {
    if (channel == Channel::kInput && !subject_.has_terminal && !input_ended_) {
      input_ended_ = true;
      input_->End([this] {
        if (process_ != nullptr) {
          (void)process_->CloseInput();
        }
      });
    }
  }

  void OnDrained() override {
    output_->ReadMore();
    error_->ReadMore();
  }

  void OnGone() override {
    *gone_ = true;
    Release();
    std::exchange(on_done_, nullptr)();
  }

  void OnStarted(ProcessOrStatus process) {
    if (*gone_) {
      return;
    }
    if (!process.ok()) {
      Finish(process.status());
      return;
    }
    process_ = *std::move(process);
    sys::ErrnoOr<sys::Fd> events = sys::Duplicate(process_->event_fd());
    if (!events.ok() || !Adopt(events_, *std::move(events))) {
      Finish(absl::ResourceExhaustedError("the end of the command cannot be watched"));
      return;
    }
    client_->TellOpen();
    Resize();
    OpenOutput(*output_, process_->TakeOutput(), Channel::kOutput, subject_.streams.output);
    OpenOutput(*error_, process_->TakeError(), Channel::kError, subject_.streams.error);
    OpenInput();
    WatchEvents();
  }

  // That of a container which has not been started comes with its start.
  void OpenInput() {
    if (!process_->awaits_start()) {
      has_input_ = true;
      input_->Open(process_->TakeInput());
    }
  }

  void OpenOutput(DescriptorReader& reader, sys::Fd source, Channel channel, bool wanted) {
    if (!source.is_open()) {
      if (wanted) {
        client_->End(channel);
      }
      return;
    }
    reader.Open(
        std::move(source),
        [this, &reader, channel](absl::string_view bytes) {
          client_->Send(channel, bytes);
          if (!client_->congested()) {
            reader.ReadMore();
          }
          RestartDrain();
        },
        [this, channel](const ErrorCode&) {  // a terminal ends with EIO
          client_->End(channel);
          OnProgress();
        });
    reader.ReadMore();
  }

  void WatchEvents() {
    events_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [weak = weak_from_this()](const ErrorCode& error) {
                         const std::shared_ptr<RemoteCommand> self = weak.lock();
                         if (self != nullptr && !error && self->process_ != nullptr) {
                           self->OnEvent();
                         }
                       });
  }

  void OnEvent() {
    std::optional<absl::StatusOr<int32_t>> exit = process_->Exit();
    if (!exit.has_value()) {
      if (!has_input_) {
        OpenInput();
        Resize();
      }
      WatchEvents();
      return;
    }
    exit_ = *std::move(exit);
    OnProgress();
  }

  bool OutputEnded() const { return !output_->open() && !error_->open(); }

  // The process has ended, or one of its outputs.
  void OnProgress() {
    if (finishing_) {
      return;
    }
    if (exit_.has_value() && OutputEnded()) {
      Finish(Outcome());
    } else if (exit_.has_value() || IsCutOff()) {
      drain_limit_ = std::chrono::steady_clock::now() + kMaxDrainTime;
      RestartDrain();
      StartDrain();
    }
  }

  // An attach that is there for the output. A process without a terminal may close its own and go
  // on to read.
  bool IsCutOff() const {
    const runtime::StreamChoice& streams = subject_.streams;
    return subject_.is_attach && (streams.output || streams.error) && OutputEnded() &&
           (subject_.has_terminal || !streams.input);
  }

  void ResumeWhenRoom() {
    if (!input_->full()) {
      client_->Resume();
    }
  }

  absl::StatusOr<int32_t> Outcome() const {
    if (!exit_.has_value()) {
      return absl::AbortedError("detached: the output has ended, or came faster than it was taken");
    }
    if (subject_.is_attach && exit_->ok()) {
      return 0;
    }
    return *exit_;
  }

  void RestartDrain() {
    drain_until_ = std::min(std::chrono::steady_clock::now() + kDrainTime, drain_limit_);
  }

  void StartDrain() {
    drain_timer_.expires_at(drain_until_);
    drain_timer_.async_wait([weak = weak_from_this()](const ErrorCode& error) {
      const std::shared_ptr<RemoteCommand> self = weak.lock();
      if (self != nullptr && !error) {
        self->OnDrainTimer();
      }
    });
  }

  void OnDrainTimer() {
    if (finishing_ || *gone_) {
      return;
    }
    if (client_->congested()) {
      RestartDrain();
    }
    if (std::chrono::steady_clock::now() < drain_until_) {
      StartDrain();
      return;
    }
    Finish(Outcome());
  }

  void Resize() {
    if (process_ == nullptr || process_->awaits_start() || !size_.has_value()) {
      return;
    }
    if (absl::Status status = process_->Resize(size_->rows, size_->columns); !status.ok()) {
      LogDebug("a terminal was not resized", {{"error", status.message()}});
    }
  }

  void Finish(const absl::StatusOr<int32_t>& outcome) {
    finishing_ = true;
    Release();
    client_->Finish(CommandStatus(outcome, client_->version()));
  }

  // Lets go of the process.
  void Release() {
    output_->Close();
    error_->Close();
    input_->Close();
    drain_timer_.cancel();
    ErrorCode ignored;
    events_.close(ignored);
    process_.reset();
  }

  const StreamingContext context_;
  const Subject subject_;
  Starter starter_;
  // Whether the start, on its thread, is for nobody any more.
  const std::shared_ptr<std::atomic<bool>> gone_ = std::make_shared<std::atomic<bool>>(false);
  std::function<void()> on_done_;
  std::unique_ptr<CommandClient> client_;
  std::unique_ptr<ProcessSession> process_;
  std::shared_ptr<DescriptorWriter> input_;
  std::shared_ptr<DescriptorReader> output_;
  std::shared_ptr<DescriptorReader> error_;
  asio::posix::stream_descriptor events_;
  asio::steady_timer drain_timer_;
  std::chrono::steady_clock::time_point drain_until_;
  std::chrono::steady_clock::time_point drain_limit_ = std::chrono::steady_clock::time_point::max();
  std::optional<absl::StatusOr<int32_t>> exit_;
  TerminalSizes sizes_;
  std::optional<TerminalSize> size_;
  bool has_input_ = false;
  bool input_ended_ = false;
  bool finishing_ = false;
};

}  // namespace

std::shared_ptr<Session> MakeRemoteExec(const StreamingContext& context, ExecStreams request,
                                        std::unique_ptr<CommandClient> client) {
  Subject subject{request.pod_id, request.container_id, request.streams, false,
                  request.streams.terminal};
  return std::make_shared<RemoteCommand>(
      context, std::move(subject),
      [&runtime = context.runtime, request = std::move(request)](const Call& call) {
        return runtime.Exec(call, request.container_id, {.arguments = request.command},
                            request.streams);
      },
      std::move(client));
}

std::shared_ptr<Session> MakeRemoteAttach(const StreamingContext& context, AttachStreams request,
                                          std::unique_ptr<CommandClient> client) {
  Subject subject{request.pod_id, request.container_id, request.streams, true,
                  request.has_terminal};
  return std::make_shared<RemoteCommand>(
      context, std::move(subject),
      [&runtime = context.runtime, request = std::move(request)](const Call& call) {
        return request.is_ahead ? runtime.AttachAhead(call, request.container_id, request.streams)
                                : runtime.Attach(call, request.container_id, request.streams);
      },
      std::move(client));
}

}  // namespace berth::cri
