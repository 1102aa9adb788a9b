using System.CommandLine;

namespace Pawl.Cli.Flags;

/// <summary><c>pawl flag rollback KEY --to VERSION</c></summary>
internal static class FlagRollbackCommand
{
    public static Command Create(CommandContext context)
    {
        var key = new Argument<string>("KEY") { Description = "The flag's key." };
        var to = new Option<long?>("--to") { Description = "Make this version's document the new version.", HelpName = "VERSION" };
        var variant = new Option<string?>("--to-variant") { Description = "Make this variant everyone's again.", HelpName = "VARIANT" };
        var edit = new FlagEdit(context);
        var command = new Command("rollback", "Make what was live before live again, as a new version.") { key, to, variant };
        edit.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            var (version, name) = (parsed.GetValue(to), parsed.GetValue(variant));
            if (version is null == name is null) return Task.FromResult(context.Usage("Give one of --to and --to-variant.", command));
            var flag = parsed.GetValue(key)!;
            return edit.RunAsync(
                parsed,
                flag,
                (registry, transaction, act) => version is { } number ? registry.RollBack(transaction, flag, number, act) : registry.RollBack(transaction, flag, name!, act),
                edit.Version(parsed),
                cancellationToken);
        });
        return command;
    }
}
