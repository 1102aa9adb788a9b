using System.CommandLine;
using Pawl.Experiments;

namespace Pawl.Cli.Experiments;

/// <summary>The argument REQUEST or ID that the commands on experiments take.</summary>
internal static class RequestFile
{
    public static Argument<string> Request() => new("REQUEST") { Description = "The request, a YAML or JSON file; - for standard input." };

    public static Argument<string> Id() => new("ID") { Description = "The experiment, EXP- and 8 digits, or its request's file." };

    /// <summary>The experiment that a person named: by its id, or by the request that it was started from.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public static Task<Experiment> FindAsync(ExperimentServices services, string named, CancellationToken cancellationToken) =>
        FindAsync(services.Experiments, () => [.. services.Metrics.Values.Select(KnownMetric.Of)], named, cancellationToken);

    /// <summary>The same; the metrics that have a definition are asked for only where a file has to be read.</summary>
    /// <exception cref="BadInputException">There is none.</exception>
    public static async Task<Experiment> FindAsync(IExperimentStore experiments, Func<IReadOnlyList<KnownMetric>> known, string named, CancellationToken cancellationToken)
    {
        if (experiments.Read(view => view.Find(named)) is { } found) return found;
        if (named.StartsWith("EXP-", StringComparison.Ordinal) || (named != "-" && !File.Exists(named))) throw new BadInputException($"There is no experiment and no file {named}. `pawl experiment list` shows the experiments there are.");
        var request = RequestReader.Read(await ReadAsync(named, cancellationToken), known()) as RequestReading.Complete
            ?? throw new BadInputException($"The request {named} is incomplete, so no experiment was started from it.");
        return experiments.Read(view => view.All().FirstOrDefault(experiment => ContractEdit.Judge(experiment.Contract, request.Request) is ContractEdit.Unchanged))
            ?? throw new BadInputException($"No experiment was started from the request {named} as it is now. `pawl experiment list` shows those there are.");
    }

    /// <summary>Reads a request, never more than a request may have.</summary>
    public static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        if (file != "-" && !File.Exists(file)) throw new BadInputException($"There is no file {file}.");
        await using var content = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        using var read = new MemoryStream();
        var buffer = new byte[81920];
        while (await content.ReadAsync(buffer, cancellationToken) is > 0 and var bytes)
        {
            read.Write(buffer, 0, bytes);
            if (read.Length > Limits.ExperimentRequestBytes) throw new BadInputException($"{file} has more than the {Limits.ExperimentRequestBytes} bytes that a request may have.");
        }

        return read.ToArray();
    }
}
