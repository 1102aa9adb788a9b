using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Pawl.Changes.Sandboxes;

namespace Pawl.Changes;

/// <summary>The part <c>agent:</c> of pawl.yaml: which coding agent works, and how it is confined.</summary>
public sealed partial record AgentSettings
{
    /// <summary>What a command may hold for the path of its brief.</summary>
    public const string PromptFile = "{prompt_file}";

    /// <summary>Its name, for records and commits. Default: the command's first word.</summary>
    public string Name { get; init; } = "agent";

    /// <summary>
    /// The command: one text is run by <c>/bin/sh -c</c>, several are run as they are. Where it holds <c>{prompt_file}</c>, that becomes the path of the
    /// brief; else the brief comes on standard input. Empty: none is configured.
    /// </summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>Whether the command is one text for the shell.</summary>
    public bool IsShell { get; init; }

    /// <summary>Which sandbox it must have. Default: the best that this machine has.</summary>
    public SandboxPolicy Sandbox { get; init; } = SandboxPolicy.Best;

    /// <summary>Whether it may use the network, which an agent that asks a model must. Default: no. With it, what the agent reads can leave the machine.</summary>
    public bool Network { get; init; }

    /// <summary>Environment variables that it gets, by name; it gets no others of Pawl's.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Files and folders that it may read though homes are hidden. <c>~</c> is the home.</summary>
    public IReadOnlyList<string> Read { get; init; } = [];

    /// <summary>SHA-256 of the command, 64 hex digits.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', Command))));

    /// <summary>What it is given besides its checkout.</summary>
    internal AgentAccess Access => new(Network, Environment, Read);

    /// <summary>The values of those variables that are long enough to be secrets.</summary>
    internal AgentSecrets Secrets() => new(Environment
        .Select(name => KeyValuePair.Create(name, System.Environment.GetEnvironmentVariable(name) ?? ""))
        .Where(variable => variable.Value.Length >= AgentSecrets.Characters)
        .ToDictionary(StringComparer.Ordinal));

    /// <summary>Reads the part <c>agent:</c>.</summary>
    /// <param name="agent">Its value, as JSON.</param>
    /// <exception cref="BadInputException">It is not what belongs there; the message names the place.</exception>
    public static AgentSettings From(JsonElement agent)
    {
        var settings = new AgentSettings();
        string? name = null;
        try
        {
            JsonShape.Members(agent, (member, value) =>
            {
                switch (member)
                {
                    case "name": name = JsonShape.Name(value); break;
                    case "command" when value.ValueKind == JsonValueKind.String: settings = settings.With(JsonShape.Text(value)); break;
                    case "command": settings = settings with { Command = Argv(JsonShape.List(value, JsonShape.Text)), IsShell = false }; break;
                    case "sandbox": settings = settings with { Sandbox = Policy(JsonShape.Text(value)) }; break;
                    case "network": settings = settings with { Network = JsonShape.Text(value) switch { "none" => false, "allow" => true, _ => throw new JsonShapeException("is unknown: there are none and allow") } }; break;
                    case "env": settings = settings with { Environment = JsonShape.List(value, JsonShape.Name) }; break;
                    case "read": settings = settings with { Read = JsonShape.List(value, JsonShape.Name) }; break;
                    default: throw new JsonShapeException("is unknown: there are name, command, sandbox, network, env and read");
                }
            });
            return name is null ? settings : settings with { Name = name };
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"agent{e.Message[1..]}", e); // the message begins with the path, from $
        }
    }

    /// <summary>The same with another command, one text for the shell.</summary>
    public AgentSettings With(string command)
    {
        ArgumentNullException.ThrowIfNull(command);
        if (string.IsNullOrWhiteSpace(command)) throw new BadInputException("The agent's command is empty. It is any command that changes files, such as: claude -p --permission-mode acceptEdits");
        return this with { Command = [command], IsShell = true, Name = ProgramName().Match(command) is { Success: true } first ? ShortText.Start(first.Groups["name"].Value, Limits.NameCharacters) : Name };
    }

    /// <summary>A sandbox's minimum by its name.</summary>
    /// <exception cref="BadInputException">There is none of that name.</exception>
    public static SandboxPolicy PolicyOf(string name)
    {
        try
        {
            return Policy(name);
        }
        catch (JsonShapeException e)
        {
            throw new BadInputException($"There is no sandbox \"{name}\": there are required, best and none.", e);
        }
    }

    private static IReadOnlyList<string> Argv(List<string> command) => command.Count > 0 && command[0].Length > 0 ? command : throw new JsonShapeException("is empty");

    // The program that a command begins with, after variables that are set for it; what is more of a script begins with no program's name.
    [GeneratedRegex("""\A\s*(?:[A-Za-z_]\w*=[\w./:@%+,-]*\s+)*["']?(?:[\w.~+-]*/)*(?<name>[A-Za-z][\w.+-]*)["']?(?:\s|\z)""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex ProgramName();

    private static SandboxPolicy Policy(string name) => name switch
    {
        "required" => SandboxPolicy.Required,
        "best" => SandboxPolicy.Best,
        "none" => SandboxPolicy.None,
        _ => throw new JsonShapeException("is unknown: there are required, best and none"),
    };
}
