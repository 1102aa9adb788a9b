using System.CommandLine;
using System.Text.Json;
using Pawl.Changes;
using Pawl.Cli.Ledger;
using Pawl.Metrics;
using Pawl.Runs;
using Pawl.Storage;

namespace Pawl.Cli;

/// <summary>What every command shares: the global options, the database they name, and where results and errors go.</summary>
internal sealed class CommandContext
{
    private const string ConfigurationName = "pawl.yaml";

    private readonly Option<string?> _db = new("--db") { Description = "The database: a SQLite file, or a PostgreSQL connection string.", Recursive = true, HelpName = "DB" };
    private readonly Option<string?> _config = new("--config") { Description = "The configuration. Default: pawl.yaml here, if there is one.", Recursive = true, HelpName = "FILE" };
    private readonly Option<bool> _json = new("--json") { Description = "One JSON document on standard output, and nothing else there.", Recursive = true };
    private readonly Option<string?> _actor = new("--actor") { Description = "Who acts. Default: $PAWL_ACTOR, else os:USER.", Recursive = true, HelpName = "NAME" };
    private ParseResult? _parsed;
    private JsonElement? _configuration;

    /// <summary>Whether the answer is JSON.</summary>
    public bool IsJson { get; private set; }

    /// <summary>Who acts: <c>--actor</c>, <c>$PAWL_ACTOR</c>, else <c>os:{user}</c>.</summary>
    public string Actor
    {
        get
        {
            if (_parsed?.GetValue(_actor) is { } given) return given.Length > 0 ? given : throw new BadInputException("The name given with --actor is empty.");
            return Environment.GetEnvironmentVariable("PAWL_ACTOR") is { Length: > 0 } actor ? actor : "os:" + Environment.UserName;
        }
    }

    public void AddGlobalOptions(Command root)
    {
        foreach (var option in new System.CommandLine.Option[] { _db, _config, _json, _actor }) root.Options.Add(option);
    }

    public void Read(ParseResult parsed)
    {
        _parsed = parsed;
        IsJson = parsed.GetValue(_json);
    }

    /// <summary>The database that the options name. What earlier processes had to spill is brought in first; else nothing is opened before it is used.</summary>
    public Database OpenDatabase()
    {
        var database = Database.Open(Where());
        try
        {
            RunRecorder.ReplaySpilledAsync(database, database.Runs, log: new StandardErrorLogger<RunRecorder>()).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is UnavailableException or BadInputException)
        {
            // The files stay; what is wrong with the database the command itself will say.
        }

        return database;
    }

    /// <summary><c>--db</c>, <c>$PAWL_DB</c>, <c>db:</c> in the configuration, else <c>$XDG_DATA_HOME/pawl/pawl.db</c>.</summary>
    public string Where()
    {
        if (_parsed?.GetValue(_db) is { Length: > 0 } given) return given;
        if (Environment.GetEnvironmentVariable("PAWL_DB") is { Length: > 0 } fromEnvironment) return fromEnvironment;
        if (FromConfiguration("db") is { Length: > 0 } configured) return configured;
        var data = Environment.GetEnvironmentVariable("XDG_DATA_HOME");
        if (string.IsNullOrEmpty(data) || !Path.IsPathRooted(data))
            data = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "share");
        return Path.Combine(data, "pawl", "pawl.db");
    }

    /// <summary>Writes one JSON document.</summary>
    public static void WriteJson(Action<Utf8JsonWriter> write)
    {
        using var output = Console.OpenStandardOutput();
        using (var to = new Utf8JsonWriter(output, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true }))
            write(to);
        output.Write("\n"u8);
    }

    /// <summary>Says how a command is used wrongly.</summary>
    public int Usage(string message, Command command)
    {
        Problem(ExitCode.Usage, "usage", message);
        Terminal.Error($"See: {NameOf(command)}--help");
        return ExitCode.Usage;
    }

    /// <summary>Says what went wrong; returns the exit code for it.</summary>
    public int Fail(Exception e)
    {
        switch (e)
        {
            case LedgerBrokenException:
                return Problem(ExitCode.AnswerIsNo, "the ledger does not hold", e.Message);
            case BadInputException:
                return Problem(ExitCode.BadInput, "bad input", e.Message);
            case UnavailableException:
                return Problem(ExitCode.Unavailable, "unavailable", e.Message);
            case OperationCanceledException:
                return Problem(ExitCode.Interrupted, "interrupted", e is ChangeInterruptedException ? e.Message : "Interrupted.");
            case IOException or UnauthorizedAccessException:
                return Problem(ExitCode.Unavailable, "unavailable", e.Message);
            default:
                Problem(ExitCode.Internal, "internal error", $"Pawl failed: {e.Message} This is a fault of Pawl; please report it with the lines below.");
                Terminal.Error(e.ToString());
                return ExitCode.Internal;
        }
    }

    /// <summary>Says that the answer is no, and why; returns the exit code for it.</summary>
    public int Answer(string title, string detail) => Problem(ExitCode.AnswerIsNo, title, detail);

    private int Problem(int exitCode, string title, string detail)
    {
        // RFC 9457, with the exit code beside what HTTP would answer.
        if (IsJson)
        {
            WriteJson(to =>
            {
                to.WriteStartObject();
                to.WriteString("title", title);
                to.WriteNumber("status", exitCode switch { ExitCode.AnswerIsNo => 409, ExitCode.Unavailable => 503, ExitCode.Internal => 500, _ => 400 });
                to.WriteString("detail", detail);
                to.WriteNumber("exit_code", exitCode);
                to.WriteEndObject();
            });
        }

        Terminal.Error(detail);
        return exitCode;
    }

    /// <summary>A setting of the ledger: its variable, <c>ledger:</c> in the configuration, else null.</summary>
    public string? LedgerSetting(string variable, string name) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given ? given : FromConfiguration("ledger", name);

    /// <summary>What the configuration says of metrics.</summary>
    public MetricsConfiguration Metrics() =>
        Configuration() is { ValueKind: JsonValueKind.Object } all && all.TryGetProperty("metrics", out var metrics)
            ? MetricsConfiguration.Read(metrics, Environment.GetEnvironmentVariable)
            : throw new BadInputException("No metrics are configured: there is no pawl.yaml here with a part metrics:, and none was named with --config.");

    /// <summary>The whole configuration: the file named with <c>--config</c>, else pawl.yaml here; null where there is none.</summary>
    public JsonElement? Configuration()
    {
        if (ConfigurationPath is null) return null;
        return _configuration ??= ConfigurationFile.Read(_parsed?.GetValue(_config) ?? ConfigurationName);
    }

    /// <summary>The file of the configuration; null where there is none.</summary>
    public string? ConfigurationPath => _parsed?.GetValue(_config) is { } given ? Path.GetFullPath(given) : File.Exists(ConfigurationName) ? Path.GetFullPath(ConfigurationName) : null;

    /// <summary>A part of the configuration; null where there is none.</summary>
    public JsonElement? Part(string name) =>
        Configuration() is { ValueKind: JsonValueKind.Object } all && all.TryGetProperty(name, out var part) && part.ValueKind != JsonValueKind.Null ? part : null;

    /// <summary>The folder of the configuration, from which relative paths in it are meant; the current one where there is none.</summary>
    public string ConfigurationFolder => Path.GetDirectoryName(Path.GetFullPath(_parsed?.GetValue(_config) ?? ConfigurationName))!;

    private string? FromConfiguration(params string[] names)
    {
        if (Configuration() is not { } node) return null;
        var path = _parsed?.GetValue(_config) ?? ConfigurationName;
        foreach (var (depth, name) in names.Index())
        {
            if (node.ValueKind != JsonValueKind.Object)
            {
                return depth == 0 || node.ValueKind == JsonValueKind.Null
                    ? null
                    : throw new BadInputException($"\"{names[depth - 1]}\" in {path} is no mapping. It looks like this: {names[depth - 1]}: {{ {name}: … }}");
            }

            if (!node.TryGetProperty(name, out node)) return null;
        }

        return node.ValueKind switch
        {
            JsonValueKind.String => node.GetString(),
            JsonValueKind.Null => null,
            _ => throw new BadInputException($"\"{string.Join('.', names)}\" in {path} is no text. It names a path: {names[^1]}: /path/to/file"),
        };
    }

    private static string NameOf(Command command)
    {
        var names = new List<string>();
        for (var c = command; c is not null; c = c.Parents.OfType<Command>().FirstOrDefault()) names.Insert(0, c.Name);
        return string.Join(' ', names) + " ";
    }
}
