// SPDX-License-Identifier: Apache-2.0
#include "cri/cli/template_functions.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"

#include "base/query_escape.h"
#include "base/status.h"
#include "cri/cli/template_printf.h"

namespace berth::cli {
namespace {

using Arguments = std::vector<Json>;
using Result = absl::StatusOr<Json>;

constexpr int64_t kMaxWidth = 1000;  // of what is padded

absl::Status Invalid(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("--format: ", why));
}

std::string Dump(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result ToJson(const Arguments& all) {
  return Json(Dump(all[0]));
}

template <typename Change>
Result Changed(const Arguments& all, const Change& change) {
  std::string text = TemplateText(all[0]);
  change(text);
  return Json(std::move(text));
}

Result Lower(const Arguments& all) {
  return Changed(all, [](std::string& text) { absl::AsciiStrToLower(&text); });
}

Result Upper(const Arguments& all) {
  return Changed(all, [](std::string& text) { absl::AsciiStrToUpper(&text); });
}

Result Title(const Arguments& all) {
  return Changed(all, [](std::string& text) {
    bool begins = true;
    for (char& c : text) {
      c = begins ? absl::ascii_toupper(static_cast<unsigned char>(c)) : c;
      begins = c == ' ';
    }
  });
}

Result Join(const Arguments& all) {
  if (!all[0].is_array()) {
    return Invalid("join takes a list and what goes between");
  }
  return Json(absl::StrJoin(all[0], TemplateText(all[1]), [](std::string* out, const Json& each) {
    absl::StrAppend(out, TemplateText(each));
  }));
}

Result Split(const Arguments& all) {
  const std::vector<std::string> parts = absl::StrSplit(TemplateText(all[0]), TemplateText(all[1]));
  return Json(parts);
}

Result Print(const Arguments& all) {
  std::string text;
  for (size_t i = 0; i < all.size(); ++i) {
    const bool apart = i > 0 && !all[i].is_string() && !all[i - 1].is_string();
    absl::StrAppend(&text, apart ? " " : "", TemplateText(all[i]));
  }
  return Json(std::move(text));
}

Result Println(const Arguments& all) {
  return Json(absl::StrCat(absl::StrJoin(all, " ",
                                         [](std::string* out, const Json& each) {
                                           absl::StrAppend(out, TemplateText(each));
                                         }),
                           "\n"));
}

Result Printf(const Arguments& all) {
  ASSIGN_OR_RETURN(std::string text,
                   FormatAsGo(TemplateText(all[0]), {all.begin() + 1, all.end()}));
  return Json(std::move(text));
}

Result Pad(const Arguments& all) {
  const std::string text = TemplateText(all[0]);
  if (text.empty() || !all[1].is_number_integer() || !all[2].is_number_integer() || all[1] < 0 ||
      all[2] < 0 || all[1] > kMaxWidth || all[2] > kMaxWidth) {
    return text.empty() ? Result(Json("")) : Invalid("pad takes a text and two numbers");
  }
  return Json(absl::StrCat(std::string(all[1].get<size_t>(), ' '), text,
                           std::string(all[2].get<size_t>(), ' ')));
}

Result Truncate(const Arguments& all) {
  if (!all[1].is_number_integer() || all[1] < 0) {
    return Invalid("truncate takes a text and a number");
  }
  return Json(TemplateText(all[0]).substr(0, all[1].get<size_t>()));
}

template <typename Escape>
Result Escaped(const Arguments& all, const Escape& escape) {
  ASSIGN_OR_RETURN(const Json text, Print(all));
  std::string out;
  for (const char c : text.get_ref<const std::string&>()) {
    escape(c, out);
  }
  return Json(std::move(out));
}

Result Html(const Arguments& all) {
  return Escaped(all, [](char c, std::string& out) {
    constexpr absl::string_view kMarks = "&<>\"'";
    constexpr const char* kEscapes[] = {"&amp;", "&lt;", "&gt;", "&#34;", "&#39;"};
    const size_t mark = kMarks.find(c);
    absl::StrAppend(&out, mark == absl::string_view::npos ? std::string(1, c) : kEscapes[mark]);
  });
}

Result Js(const Arguments& all) {
  return Escaped(all, [](char c, std::string& out) {
    if (absl::StrContains("\\'\"", absl::string_view(&c, 1))) {
      out += {'\\', c};
    } else if (absl::StrContains("<>&=", absl::string_view(&c, 1)) ||
               absl::ascii_iscntrl(static_cast<unsigned char>(c))) {
      absl::StrAppendFormat(&out, "\\u%04X", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  });
}

Result UrlQuery(const Arguments& all) {
  return Escaped(all, [](char c, std::string& out) {
    absl::StrAppend(&out, QueryEscape(absl::string_view(&c, 1)));
  });
}

Result Len(const Arguments& all) {
  if (all[0].is_string()) {
    return Json(all[0].get_ref<const std::string&>().size());
  }
  return all[0].is_structured() || all[0].is_null() ? Result(Json(all[0].size()))
                                                    : Invalid("len of what has no length");
}

// What a map of texts lacks is an empty one, as in Go.
Json ValueOfNone(const Json& map) {
  const bool has_texts =
      map.is_object() &&
      std::all_of(map.begin(), map.end(), [](const Json& each) { return each.is_string(); });
  return has_texts ? Json("") : Json(nullptr);
}

// What a map lacks is nothing, as in Go; what a list lacks is an error.
Result Index(const Arguments& all) {
  Json at = all[0];
  for (auto key = all.begin() + 1; key != all.end(); ++key) {
    if (at.is_array() && key->is_number_integer()) {
      if (*key < 0 || *key >= at.size()) {
        return Invalid(absl::StrCat("index: the list has no ", Dump(*key)));
      }
      Json next = at[key->get<size_t>()];
      at = std::move(next);
    } else if ((at.is_object() || at.is_null()) && key->is_string()) {
      const auto found = at.is_object() ? at.find(key->get<std::string>()) : at.end();
      Json next = at.is_object() && found != at.end() ? *found : ValueOfNone(at);
      at = std::move(next);
    } else {
      return Invalid(absl::StrCat("index: nothing can be at ", Dump(*key)));
    }
  }
  return at;
}

Result Slice(const Arguments& all) {
  const std::string text = TemplateText(all[0]);
  const size_t size = all[0].is_array() ? all[0].size() : text.size();
  size_t bounds[] = {0, size};
  for (size_t i = 1; i < all.size(); ++i) {
    if (!all[i].is_number_integer() || all[i] < 0 || all[i] > size) {
      return Invalid(absl::StrCat("slice: there is no ", Dump(all[i])));
    }
    bounds[i - 1] = all[i].get<size_t>();
  }
  if (bounds[0] > bounds[1]) {
    return Invalid("slice ends before it begins");
  }
  if (!all[0].is_array()) {
    return Json(text.substr(bounds[0], bounds[1] - bounds[0]));
  }
  Json part = Json::array();
  for (size_t i = bounds[0]; i < bounds[1]; ++i) {
    part.push_back(all[0][i]);
  }
  return part;
}

Result Not(const Arguments& all) {
  return Json(!IsTrue(all[0]));
}

Result And(const Arguments& all) {
  const auto found = std::find_if_not(all.begin(), all.end(), IsTrue);
  return Json(found == all.end() ? all.back() : *found);
}

Result Or(const Arguments& all) {
  const auto found = std::find_if(all.begin(), all.end(), IsTrue);
  return Json(found == all.end() ? all.back() : *found);
}

Result Equal(const Arguments& all) {
  return Json(std::find(all.begin() + 1, all.end(), all[0]) != all.end());
}

// -1, 0 or 1.
absl::StatusOr<int> Order(const Arguments& all) {
  const bool comparable =
      (all[0].is_number() && all[1].is_number()) || (all[0].is_string() && all[1].is_string());
  if (!comparable) {
    return Invalid("only two numbers or two texts can be compared");
  }
  return all[0] < all[1] ? -1 : all[0] == all[1] ? 0 : 1;
}

template <bool (*is)(int)>
Result Compare(const Arguments& all) {
  ASSIGN_OR_RETURN(const int order, Order(all));
  return Json(is(order));
}

bool IsLess(int order) {
  return order < 0;
}
bool IsLessOrEqual(int order) {
  return order <= 0;
}
bool IsGreater(int order) {
  return order > 0;
}
bool IsGreaterOrEqual(int order) {
  return order >= 0;
}

Result NotEqual(const Arguments& all) {
  return Json(all[0] != all[1]);
}

struct Function {
  const char* name;
  size_t least, most;  // arguments
  Result (*call)(const Arguments&);
};

constexpr size_t kAny = 64;
constexpr Function kFunctions[] = {
    {"and", 1, kAny, And},
    {"eq", 2, kAny, Equal},
    {"ge", 2, 2, Compare<IsGreaterOrEqual>},
    {"gt", 2, 2, Compare<IsGreater>},
    {"html", 1, kAny, Html},
    {"index", 1, kAny, Index},
    {"join", 2, 2, Join},
    {"js", 1, kAny, Js},
    {"json", 1, 1, ToJson},
    {"le", 2, 2, Compare<IsLessOrEqual>},
    {"len", 1, 1, Len},
    {"lower", 1, 1, Lower},
    {"lt", 2, 2, Compare<IsLess>},
    {"ne", 2, 2, NotEqual},
    {"not", 1, 1, Not},
    {"or", 1, kAny, Or},
    {"pad", 3, 3, Pad},
    {"print", 0, kAny, Print},
    {"printf", 1, kAny, Printf},
    {"println", 0, kAny, Println},
    {"slice", 1, 3, Slice},
    {"split", 2, 2, Split},
    {"title", 1, 1, Title},
    {"truncate", 2, 2, Truncate},
    {"upper", 1, 1, Upper},
    {"urlquery", 1, kAny, UrlQuery},
};

const Function* FindFunction(absl::string_view name) {
  const auto found = std::find_if(std::begin(kFunctions), std::end(kFunctions),
                                  [&](const Function& each) { return each.name == name; });
  return found == std::end(kFunctions) ? nullptr : found;
}

}  // namespace

bool IsTemplateFunction(absl::string_view name) {
  return FindFunction(name) != nullptr;
}

bool KeepsHeaders(absl::string_view name) {
  constexpr const char* kNames[] = {"join", "json", "lower", "split", "title", "truncate", "upper"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

absl::StatusOr<Json> CallTemplateFunction(const std::string& name,
                                          const std::vector<Json>& arguments) {
  const Function* function = FindFunction(name);
  if (function == nullptr) {
    return Invalid(absl::StrCat("there is no function ", name));
  }
  if (arguments.size() < function->least || arguments.size() > function->most) {
    return Invalid(absl::StrCat(name, " takes ", function->least,
                                function->most == function->least ? "" : " or more",
                                " values, not ", arguments.size()));
  }
  return function->call(arguments);
}

std::string TemplateText(const Json& value) {
  if (value.is_string()) {
    return value.get<std::string>();
  }
  if (value.is_array()) {
    const auto append = [](std::string* out, const Json& each) {
      absl::StrAppend(out, TemplateText(each));
    };
    return absl::StrCat("[", absl::StrJoin(value, " ", append), "]");
  }
  if (value.is_object()) {
    std::map<std::string, std::string> members;  // sorted, as Go's
    for (const auto& [key, member] : value.items()) {
      members[key] = TemplateText(member);
    }
    return absl::StrCat("map[", absl::StrJoin(members, " ", absl::PairFormatter(":")), "]");
  }
  return value.is_null() ? "<no value>" : Dump(value);
}

bool IsTrue(const Json& value) {
  if (value.is_string()) {
    return !value.get_ref<const std::string&>().empty();
  }
  if (value.is_boolean()) {
    return value.get<bool>();
  }
  return value.is_number() ? value != 0 : !value.empty();
}

}  // namespace berth::cli
