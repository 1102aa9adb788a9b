using System.CommandLine;
using System.Globalization;
using Pawl.Flags;

namespace Pawl.Cli.Flags;

/// <summary><c>pawl flag set KEY (--split … | --force … | --promote … | --archive | --restore | --file …)</c></summary>
internal static class FlagSetCommand
{
    private const string OneOf = "Give one of --split, --force, --promote, --archive, --restore, --file.";

    public static Command Create(CommandContext context)
    {
        var key = new Argument<string>("KEY") { Description = "The flag's key." };
        var split = new Option<string?>("--split") { Description = "Split units among variants, in percent: control=50,treatment=50.", HelpName = "SPLIT" };
        var coverage = new Option<string?>("--coverage") { Description = "With --split: the percentage of units that are in. Default: 100.", HelpName = "PERCENT" };
        var seed = new Option<string?>("--seed") { Description = "With --split: what the hash is seeded with. Default: the flag's seed.", HelpName = "TEXT" };
        var unit = new Option<string?>("--unit") { Description = "With --split: the attribute that names the unit. Default: id.", HelpName = "ATTRIBUTE" };
        var force = new Option<string?>("--force") { Description = "Serve this variant before all other rules.", HelpName = "VARIANT" };
        var where = new Option<string?>("--where") { Description = "With --split or --force: only where this holds, such as \"plan == 'pro'\".", HelpName = "EXPR" };
        var promote = new Option<string?>("--promote") { Description = "Make this variant everyone's: the default, without rules.", HelpName = "VARIANT" };
        var archive = new Option<bool>("--archive") { Description = "Put the flag away." };
        var restore = new Option<bool>("--restore") { Description = "Take it back." };
        var file = new Option<string?>("--file") { Description = "Replace the whole flag. A version in the document counts as --version.", HelpName = "FLAG.json" };
        var edit = new FlagEdit(context);
        var command = new Command("set", "Change a flag: who gets what.") { key, split, coverage, seed, unit, force, where, promote, archive, restore, file };
        edit.AddTo(command);
        command.SetAction((parsed, cancellationToken) =>
        {
            Option[] kinds = [split, force, promote, archive, restore, file];
            if (kinds.Count(IsGiven) != 1) return Task.FromResult(context.Usage(OneOf, command));
            if (!IsGiven(split) && new Option[] { coverage, seed, unit }.Any(IsGiven))
                return Task.FromResult(context.Usage("--coverage, --seed and --unit go with --split.", command));
            if (IsGiven(where) && !IsGiven(split) && !IsGiven(force))
                return Task.FromResult(context.Usage("--where goes with --split or --force.", command));
            var name = parsed.GetValue(key)!;
            var version = edit.Version(parsed);
            return edit.RunAsync(parsed, name, Change(), version, cancellationToken);

            bool IsGiven(Option option) => parsed.GetResult(option) is { Implicit: false };

            Func<FlagRegistry, ITransaction, FlagAct, FlagOutcome> Change()
            {
                var condition = FlagInput.Where(parsed.GetValue(where));
                if (parsed.GetValue(split) is { } arms)
                {
                    var allocation = new Allocation
                    {
                        Split = FlagInput.Split(arms),
                        Coverage = Percent(parsed.GetValue(coverage)),
                        Condition = condition,
                        Seed = parsed.GetValue(seed),
                        HashAttribute = parsed.GetValue(unit) ?? "id",
                    };
                    return (registry, transaction, act) => registry.Allocate(transaction, name, allocation, act);
                }

                if (parsed.GetValue(force) is { } forced) return (registry, transaction, act) => registry.Force(transaction, name, forced, condition, act);
                if (parsed.GetValue(promote) is { } promoted) return (registry, transaction, act) => registry.Promote(transaction, name, promoted, act);
                if (parsed.GetValue(file) is not { } path) return (registry, transaction, act) => registry.Archive(transaction, name, parsed.GetValue(archive), act);
                var flag = FlagInput.Document(path, name);
                version ??= flag.Version > 0 ? flag.Version : null;
                return (registry, transaction, act) => registry.Set(transaction, flag, act);
            }
        });
        return command;
    }

    private static double Percent(string? given)
    {
        if (given is null) return 1;
        return double.TryParse(given, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent) && percent <= 100
            ? percent / 100
            : throw new BadInputException($"--coverage is a percentage from 0 to 100, not \"{given}\".");
    }
}
