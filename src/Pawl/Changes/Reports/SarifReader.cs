using System.Text;
using System.Text.Json;

namespace Pawl.Changes.Reports;

/// <summary>
/// Reads SARIF 2.1.0. A result fails when its level is <c>error</c>: its own, or else that of its rule's default configuration, or else
/// <c>warning</c> (§3.27.10); a kind other than <c>fail</c> has no level and never fails. Warnings and notes are passes with a message, suppressed results (§3.27.23) are skips, and
/// results that are absent against their baseline are left out. Each run is a case of its own, so that a linter that found nothing has
/// still run; it fails where the tool says that it did not succeed. One result is held at a time, beside the file's bytes.
/// </summary>
internal sealed class SarifReader
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = Limits.JsonDepth };

    private readonly CaseList _cases = new();
    private readonly byte[] _json;

    private SarifReader(byte[] json) => _json = json;

    public static IReadOnlyList<TestCase> Read(Stream content, Encoding? marked)
    {
        var reader = new SarifReader(Utf8(content, marked));
        reader.Whole();
        return reader._cases.Cases;
    }

    private static byte[] Utf8(Stream content, Encoding? marked)
    {
        if (marked is not null)
        {
            using var characters = ReportEncoding.Characters(content, marked);
            return Encoding.UTF8.GetBytes(characters.ReadToEnd());
        }

        using var bytes = new MemoryStream();
        content.CopyTo(bytes);
        return bytes.ToArray();
    }

    private void Whole()
    {
        string? version = null;
        var (runs, ran) = (false, false);
        var json = new Utf8JsonReader(_json, Options);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject) throw new ReportException("it is no JSON object.");
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var isVersion = json.ValueTextEquals("version");
            var isRuns = json.ValueTextEquals("runs");
            json.Read();
            if (isVersion && json.TokenType == JsonTokenType.String) version = json.GetString();
            if (isRuns && runs) throw new ReportException("it has runs twice.");
            if (isRuns && json.TokenType == JsonTokenType.StartArray)
            {
                runs = true;
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    Run(ref json);
                    ran = true;
                }
            }
            else
            {
                json.Skip();
            }
        }

        while (json.Read())
        {
        }

        if (version != "2.1.0") throw new ReportException($"it is no SARIF 2.1.0: its version is {(version is null ? "not given" : CaseList.Short(version))}.");
        if (!runs) throw new ReportException("it has no runs.");
        if (!ran) throw new ReportException("its list of runs is empty: no tool says that it looked.");
    }

    // Rules may stand behind the results that refer to them, so a run is gone through twice.
    private void Run(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartObject) throw new ReportException("one of its runs is no object.");
        var tool = new SarifTool();
        var first = json;
        while (first.Read() && first.TokenType == JsonTokenType.PropertyName)
        {
            if (first.ValueTextEquals("tool")) tool.Take(Value(ref first));
            else if (first.ValueTextEquals("invocations")) tool.TakeInvocations(Value(ref first));
            else SkipValue(ref first);
        }

        var fault = tool.Fault;
        _cases.Add(new TestCase { Id = $"{tool.Name} (run)", Status = fault is null ? TestStatus.Passed : TestStatus.Failed, Message = fault ?? "" });
        var results = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            if (!json.ValueTextEquals("results"))
            {
                SkipValue(ref json);
                continue;
            }

            if (results) throw new ReportException("a run has results twice.");
            results = true;
            json.Read();
            if (json.TokenType == JsonTokenType.Null) continue;
            if (json.TokenType != JsonTokenType.StartArray) throw new ReportException("the results of a run are no array.");
            while (json.Read() && json.TokenType != JsonTokenType.EndArray) Result(Element(ref json), tool);
        }
    }

    private void Result(JsonElement result, SarifTool tool)
    {
        if (SarifResult.Of(result, tool) is { } test) _cases.Add(test);
    }

    private JsonElement Value(ref Utf8JsonReader json)
    {
        json.Read();
        return Element(ref json);
    }

    private JsonElement Element(ref Utf8JsonReader json)
    {
        var begin = json.TokenStartIndex;
        json.Skip();
        var length = json.BytesConsumed - begin;
        if (length > Limits.ReportMemberBytes)
            throw new ReportException($"one result, or the description of its tool, is larger than {Limits.ReportMemberBytes / (1024 * 1024)} MiB, byte {begin}.");
        return Json.Parse(_json.AsMemory((int)begin, (int)length));
    }

    private static void SkipValue(ref Utf8JsonReader json)
    {
        json.Read();
        json.Skip();
    }
}
