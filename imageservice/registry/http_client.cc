// SPDX-License-Identifier: Apache-2.0
#include "imageservice/registry/http_client.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include <curl/curl.h>

#include "base/clock.h"
#include "base/status.h"
#include "base/version.h"
#include "imageservice/registry/http_transfer.h"
#include "imageservice/registry/retry_policy.h"

namespace berth::imageservice {
namespace {

constexpr int kPollMilliseconds = 100;       // how late a cancellation may be seen
constexpr long kReceiveBuffer = 512L << 10;  // bytes a read(2) may bring
constexpr long kSendBuffer = 512L << 10;     // and a write(2) take
constexpr long kMaxIdleConnections = 4;      // of one handle: registry, token server, two CDNs

using HeaderList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

void InitialiseOnce() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)code;  // every curl_easy_init fails after a failure here
}

HeaderList MakeHeaderList(const HttpRequest& request) {
  curl_slist* list = nullptr;
  for (const HttpHeader& header : request.headers) {
    list = curl_slist_append(list, absl::StrCat(header.name, ": ", header.value).c_str());
  }
  return {list, curl_slist_free_all};
}

CURLcode OfferAll(CURL* /*easy*/, void* context, void* tls) {
  ShowOneOf(static_cast<SSL_CTX*>(context),
            static_cast<const TlsSettings*>(tls)->client_certificates);
  return CURLE_OK;
}

void SetTls(CURL* easy, const TlsSettings& tls) {
  curl_easy_setopt(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, tls.verify ? 1L : 0L);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, tls.verify ? 2L : 0L);
  if (!tls.ca_pem.empty()) {
    // It takes the place of the system's bundle, but not of the system's directory beside it.
    curl_blob blob{const_cast<char*>(tls.ca_pem.data()), tls.ca_pem.size(), CURL_BLOB_COPY};
    curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
  }
  if (!tls.client_certificates.empty()) {
    // Also where there are several: libcurl keeps connections apart by it.
    const ClientCertificate& first = tls.client_certificates.front();
    const std::string& key = first.key.empty() ? first.certificate : first.key;
    curl_easy_setopt(easy, CURLOPT_SSLCERT, first.certificate.c_str());
    curl_easy_setopt(easy, CURLOPT_SSLKEY, key.c_str());
  }
  if (tls.client_certificates.size() > 1) {
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, OfferAll);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, &tls);
  }
}

void SetOptions(CURL* easy, const HttpRequest& request, const ProxySettings& proxies,
                curl_slist* headers) {
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT,
                   1L);  // a cancelled look-up of a name is not waited for
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, kReceiveBuffer);
  curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
  curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, kMaxIdleConnections);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(request.connect_timeout)));
  curl_easy_setopt(easy, CURLOPT_USERAGENT, absl::StrCat("berth/", kVersion).c_str());
  curl_easy_setopt(easy, CURLOPT_URL, request.url.str().c_str());
  curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(easy, CURLOPT_PROXY, proxies.ForUrl(request.url).c_str());
  curl_easy_setopt(easy, CURLOPT_NOPROXY, proxies.no_proxy.c_str());
  curl_easy_setopt(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (request.upload.has_value()) {
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    curl_easy_setopt(easy, CURLOPT_UPLOAD_BUFFERSIZE, kSendBuffer);
    curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.upload->size));
  } else if (request.method == "POST" || request.method == "PUT" || request.method == "PATCH") {
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request.body.data());
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  } else if (request.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  }
  SetTls(easy, request.tls);
}

}  // namespace

// An easy handle with a multi handle of its own, whose connections stay open. One thread at a time.
class HttpClient::Connection {
 public:
  Connection() : multi_(curl_multi_init()), easy_(curl_easy_init()) {}
  ~Connection() {
    curl_easy_cleanup(easy_);
    curl_multi_cleanup(multi_);
  }
  Connection(const Connection&) = delete;
  Connection(Connection&&) = delete;
  Connection& operator=(const Connection&) = delete;
  Connection& operator=(Connection&&) = delete;

  absl::StatusOr<HttpResponse> Run(const Call& call, const HttpRequest& request,
                                   const ProxySettings& proxies) {
    if (multi_ == nullptr || easy_ == nullptr) {
      return absl::ResourceExhaustedError("no memory for a connection");
    }
    HttpTransfer transfer(request);
    HeaderList headers = MakeHeaderList(request);
    curl_easy_reset(easy_);
    SetOptions(easy_, request, proxies, headers.get());
    transfer.Attach(easy_);
    curl_multi_add_handle(multi_, easy_);
    absl::StatusOr<CURLcode> code = Drive(call, transfer);
    curl_multi_remove_handle(multi_, easy_);
    long os_error = 0;
    curl_easy_getinfo(easy_, CURLINFO_OS_ERRNO, &os_error);
    curl_easy_reset(easy_);  // keeps no pointer into the request
    RETURN_IF_ERROR(code.status());
    return transfer.Finish(*code, os_error);
  }

 private:
  // Until libcurl has ended the transfer, or the caller or the sender has gone.
  absl::StatusOr<CURLcode> Drive(const Call& call, const HttpTransfer& transfer) {
    int running = 1;
    while (true) {
      if (CURLMcode code = curl_multi_perform(multi_, &running); code != CURLM_OK) {
        return absl::InternalError(absl::StrCat("libcurl: ", curl_multi_strerror(code)));
      }
      if (running == 0) {
        break;
      }
      RETURN_IF_ERROR(call.Check());
      RETURN_IF_ERROR(transfer.CheckProgress(SteadyNow()));
      curl_multi_poll(multi_, nullptr, 0, kPollMilliseconds, nullptr);
    }
    int left = 0;
    CURLMsg* message = curl_multi_info_read(multi_, &left);
    return message != nullptr && message->msg == CURLMSG_DONE ? message->data.result
                                                              : CURLE_RECV_ERROR;
  }

  CURLM* multi_;
  CURL* easy_;
};

std::optional<absl::string_view> FindHeader(const std::vector<HttpHeader>& headers,
                                            absl::string_view name) {
  for (const HttpHeader& header : headers) {
    if (absl::EqualsIgnoreCase(header.name, name)) {
      return header.value;
    }
  }
  return std::nullopt;
}

HttpClient::HttpClient(ProxySettings proxies) : proxies_(std::move(proxies)) {
  InitialiseOnce();
}

HttpClient::~HttpClient() = default;

absl::StatusOr<HttpResponse> HttpClient::Send(const Call& call, const HttpRequest& request) {
  RETURN_IF_ERROR(call.Check());
  std::unique_ptr<Connection> connection = Borrow();
  absl::StatusOr<HttpResponse> response = connection->Run(call, request, proxies_);
  Return(std::move(connection));
  return response;
}

std::unique_ptr<HttpClient::Connection> HttpClient::Borrow() {
  {
    absl::MutexLock lock(&mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return std::make_unique<Connection>();
}

void HttpClient::Return(std::unique_ptr<Connection> connection) {
  absl::MutexLock lock(&mutex_);
  idle_.push_back(std::move(connection));
}

}  // namespace berth::imageservice
