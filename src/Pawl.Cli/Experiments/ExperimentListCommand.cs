using System.CommandLine;
using Pawl.Experiments;

namespace Pawl.Cli.Experiments;

/// <summary><c>pawl experiment list</c></summary>
internal static class ExperimentListCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command("list", "List the experiments, the newest first.");
        command.SetAction(async (_, _) =>
        {
            await using var database = context.OpenDatabase();
            var experiments = database.Experiments.Read(view => view.All());
            if (context.IsJson) CommandContext.WriteJson(to =>
            {
                to.WriteStartArray();
                foreach (var experiment in experiments)
                {
                    to.WriteStartObject();
                    ExperimentShowJson.Members(to, experiment);
                    to.WriteEndObject();
                }

                to.WriteEndArray();
            });
            else Show(experiments);
            return ExitCode.Done;
        });
        return command;
    }

    private static void Show(IReadOnlyList<Experiment> experiments)
    {
        if (experiments.Count == 0)
        {
            Terminal.Line("No experiments. `pawl experiment plan REQUEST` says what a request would do, `pawl experiment start REQUEST` begins.");
            return;
        }

        var table = new Listing("=id", "=state", "flag", ">looks", "=started", "hypothesis") { LeaveOut = ["hypothesis", "started"] };
        foreach (var experiment in experiments)
        {
            table.Add(
                experiment.Id, ExperimentText.State(experiment), Terminal.Plain(experiment.Contract.Terms.FlagKey), $"{experiment.Looks}",
                experiment.StartedAt is { } start ? Terminal.Instant(start) : "", Terminal.Plain(Terminal.Short(experiment.Contract.Request.Hypothesis, 60)));
        }

        table.Show();
    }
}
