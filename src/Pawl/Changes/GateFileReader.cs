using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pawl.Changes.Reports;
using Pawl.Changes.Tampering;

namespace Pawl.Changes;

/// <summary>Reads a gate file strictly: a name that is not known is an error, for a misspelt check would let everything pass.</summary>
internal static partial class GateFileReader
{
    private const int Version = 1;
    private const int Checks = 50;
    private const int Arguments = 256;

    public static GateFile Read(JsonElement document)
    {
        var (hasVersion, limits) = (false, new GateLimits());
        IReadOnlyList<IReadOnlyList<string>> setup = [];
        IReadOnlyList<GateCheck> checks = [];
        GlobSet isProtected = new([]), tests = new([]);
        JsonShape.Members(document, (name, value) =>
        {
            switch (name)
            {
                case "version": hasVersion = JsonShape.Count(value) == Version ? true : throw new JsonShapeException($"this Pawl reads version {Version}"); break;
                case "setup": setup = JsonShape.List(value, Command); break;
                case "checks": checks = JsonShape.List(value, Check); break;
                case "protected": isProtected = Globs(value); break;
                case "tests": tests = Globs(value); break;
                case "limits": limits = Limits(value); break;
                default: throw new JsonShapeException("is unknown: there are version, setup, checks, protected, tests and limits");
            }
        });
        if (!hasVersion) throw new JsonShapeException($"\"version\" is missing: write version: {Version}");
        if (checks.Count == 0) throw new JsonShapeException("\"checks\" is missing or empty: a gate without a check would let everything pass");
        if (checks.Count > Checks) throw new JsonShapeException($"has {checks.Count} checks; at most {Checks} are run").Inside("checks");
        if (checks.GroupBy(check => check.Id, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new JsonShapeException($"two checks are called {twice.Key}").Inside("checks");
        if (!checks.Any(check => check.Required)) throw new JsonShapeException("none is required, so that everything would pass").Inside("checks");
        return new GateFile { Setup = setup, Checks = checks, Protected = isProtected, Tests = tests, Limits = limits, Digest = "" };
    }

    private static GateCheck Check(JsonElement value)
    {
        string? id = null;
        IReadOnlyList<string>? run = null;
        var check = new GateCheck { Id = "", Run = [] };
        JsonShape.Members(value, (name, member) =>
        {
            switch (name)
            {
                case "id":
                    id = Id().IsMatch(JsonShape.Text(member)) ? member.GetString() : throw new JsonShapeException("expected letters, digits, '.', '_' and '-', at most 64");
                    if (AttemptCause.Taken.Contains(id)) throw new JsonShapeException($"is taken: failures are told under {id} that come from no check; give the check another name");
                    break;
                case "run": run = Command(member); break;
                case "requires": check = check with { Requires = JsonShape.List(member, JsonShape.Name) }; break;
                case "timeout": check = check with { Timeout = Duration(member) }; break;
                case "report": check = Report(check, member); break;
                case "network": check = check with { Network = Network(member) }; break;
                case "must_not_modify": check = check with { MustNotModify = JsonShape.Flag(member) }; break;
                case "flaky_attempts": check = check with { FlakyAttempts = Count(member, 0, 10) }; break;
                case "required": check = check with { Required = JsonShape.Flag(member) }; break;
                default: throw new JsonShapeException("is unknown: there are id, run, requires, timeout, report, network, must_not_modify, flaky_attempts and required");
            }
        });
        return check with
        {
            Id = id ?? throw new JsonShapeException("\"id\" is missing: the check's name"),
            Run = run ?? throw new JsonShapeException("\"run\" is missing: the command as a list, such as [\"npm\", \"test\"]"),
        };
    }

    private static GateCheck Report(GateCheck check, JsonElement value)
    {
        string? format = null, path = null;
        JsonShape.Members(value, (name, member) =>
        {
            switch (name)
            {
                case "format": format = JsonShape.Text(member); break;
                case "path": path = ReportGlob(member); break;
                default: throw new JsonShapeException("is unknown: there are format and path");
            }
        });
        return check with
        {
            Format = format switch
            {
                "trx" => ReportFormat.Trx,
                "junit" => ReportFormat.JUnit,
                "tap" => ReportFormat.Tap,
                "sarif" => ReportFormat.Sarif,
                "text" => ReportFormat.Text,
                null => throw new JsonShapeException("\"format\" is missing: trx, junit, tap, sarif or text"),
                _ => throw new JsonShapeException("is unknown: there are trx, junit, tap, sarif and text").Inside("format"),
            },
            ReportPath = path,
        };
    }

    private static string ReportGlob(JsonElement value)
    {
        var path = JsonShape.Text(value);
        _ = Globs([path]);
        return path.StartsWith('/') || path.Split('/').Contains("..") ? throw new JsonShapeException("leads out of the tree: name a path within it, or within {reports}") : path;
    }

    private static GateLimits Limits(JsonElement value)
    {
        var limits = new GateLimits();
        JsonShape.Members(value, (name, member) => limits = name switch
        {
            "files" => limits with { Files = Count(member, 1, 100_000) },
            "patch_kb" => limits with { PatchKilobytes = Count(member, 1, 64 * 1024) },
            "attempts" => limits with { Attempts = Count(member, 1, 20) },
            "wall" => limits with { Wall = Duration(member) },
            "output_kb" => limits with { OutputKilobytes = Count(member, 1, 64 * 1024) },
            "disk_mb" => limits with { DiskMegabytes = Count(member, 1, 1024 * 1024) },
            "processes" => limits with { Processes = Count(member, 1, 100_000) },
            _ => throw new JsonShapeException("is unknown: there are files, patch_kb, attempts, wall, output_kb, disk_mb and processes"),
        });
        return limits;
    }

    private static bool Network(JsonElement value) => JsonShape.Text(value) switch
    {
        "none" => false,
        "allow" => true,
        _ => throw new JsonShapeException("is unknown: there are none and allow"),
    };

    private static IReadOnlyList<string> Command(JsonElement value)
    {
        var command = JsonShape.List(value, JsonShape.Text);
        if (command.Count is 0 or > Arguments) throw new JsonShapeException($"expected a command as a list of 1 to {Arguments} texts, such as [\"npm\", \"ci\"]");
        if (command[0].Length == 0) throw new JsonShapeException("the command has no name");
        return command.Exists(part => part.Contains('\0', StringComparison.Ordinal)) ? throw new JsonShapeException("holds a NUL character") : command;
    }

    private static GlobSet Globs(JsonElement value) => Globs(JsonShape.List(value, JsonShape.Text));

    private static GlobSet Globs(IReadOnlyList<string> patterns)
    {
        try
        {
            return new GlobSet(patterns);
        }
        catch (BadInputException e)
        {
            throw new JsonShapeException(e.Message);
        }
    }

    private static int Count(JsonElement value, int least, int most)
    {
        var count = JsonShape.Count(value);
        return count >= least && count <= most ? (int)count : throw new JsonShapeException(string.Create(CultureInfo.InvariantCulture, $"expected {least} to {most}, found {count}"));
    }

    /// <summary>A duration as people write it: <c>90s</c>, <c>15m</c>, <c>2h</c>.</summary>
    internal static TimeSpan Duration(JsonElement value)
    {
        var match = Time().Match(JsonShape.Text(value));
        if (!match.Success) throw new JsonShapeException("expected a duration such as 90s, 15m or 2h");
        var count = int.Parse(match.Groups["count"].Value, CultureInfo.InvariantCulture);
        var time = match.Groups["unit"].Value switch { "s" => TimeSpan.FromSeconds(count), "m" => TimeSpan.FromMinutes(count), _ => TimeSpan.FromHours(count) };
        return time > TimeSpan.Zero && time <= TimeSpan.FromDays(1) ? time : throw new JsonShapeException("expected a duration of at most 24h, and more than none");
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,64}$", RegexOptions.CultureInvariant)]
    private static partial Regex Id();

    [GeneratedRegex(@"^(?<count>[0-9]{1,6})(?<unit>[smh])$", RegexOptions.CultureInvariant)]
    private static partial Regex Time();
}
