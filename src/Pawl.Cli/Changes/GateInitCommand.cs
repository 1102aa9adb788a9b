using System.CommandLine;
using Pawl.Changes;

namespace Pawl.Cli.Changes;

/// <summary><c>pawl gate init</c></summary>
internal static class GateInitCommand
{
    public static Command Create(CommandContext context)
    {
        var folder = new Option<string>("--repo") { Description = "The repository. Default: here.", DefaultValueFactory = _ => ".", HelpName = "DIR" };
        var command = new Command("init", "Draft .pawl/gate.yaml from what the repository holds (dotnet, npm or node, pytest, cargo, go). A person reads and commits it.") { folder };
        command.SetAction((parsed, _) =>
        {
            var root = Path.GetFullPath(parsed.GetValue(folder)!);
            if (!Directory.Exists(root)) throw new BadInputException($"There is no folder {root}.");
            var path = Path.Combine(root, ".pawl", "gate.yaml");
            if (File.Exists(path)) throw new BadInputException($"{path} is there already. Edit it, or take it away first.");
            var draft = GateDraft.For(root) ?? throw new BadInputException($"Nothing was found in {root} that can be tested: no .NET project, no package.json with a test script or test files beside it, no Python tests, no Cargo.toml, no go.mod. Write {path} by hand: docs/guides/changes.md says how.");
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllText(path, draft);
            if (context.IsJson)
            {
                CommandContext.WriteJson(to =>
                {
                    to.WriteStartObject();
                    to.WriteString("path", path);
                    to.WriteString("gate", draft);
                    to.WriteEndObject();
                });
            }
            else
            {
                Terminal.Line(draft);
                Terminal.Line($"Written to {path}. Read it, try it with `pawl gate run`, and commit it: only what is committed counts.");
            }

            return Task.FromResult(ExitCode.Done);
        });
        return command;
    }
}
